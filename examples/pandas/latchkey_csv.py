import io
import re
import urllib.parse
import urllib.request


def download_csv(base, token, **parameters):
    """Returns all rows of a selection as a CSV file in memory."""
    query = urllib.parse.urlencode({'format': 'csv', 'times': 'iso', 'number': 10_000, **parameters})
    url, rows = f'{base}/download?{query}', b''
    while url:
        request = urllib.request.Request(url, headers={'Authorization': f'Bearer {token}'})
        with urllib.request.urlopen(request) as response:
            page = response.read()
            link = re.search(r'<([^>]+)>; rel="next"', response.headers.get('Link') or '')
        # Every page starts with the column names.
        rows += page[page.index(b'\n') + 1 :] if rows else page
        url = urllib.parse.urljoin(url, link[1]) if link else None
    return io.BytesIO(rows)
