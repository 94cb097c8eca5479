import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addUrlParameters, checkCallbackUrl, selectCallbackUrl } from '../../../lib/clients/callback-url.ts'

describe('a callback URL', () => {
  it.each([
    ['https://ui.example', 'https://ui.example/'],
    ['http://ui.example/', 'http://ui.example/'],
    ['HTTPS://UI.Example/Path', 'https://ui.example/Path'],
    ['https://ui.example:8443/a/b?c=d&e#f', 'https://ui.example:8443/a/b?c=d&e#f'],
    ['https://ui.example/#/', 'https://ui.example/#/'],
    ['https://ui.example:443/', 'https://ui.example/'],
    ['https://ui.example./', 'https://ui.example./'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
    ['  https://ui.example/  ', 'https://ui.example/'],
    ['https://93.184.216.34/', 'https://93.184.216.34/'],
    ['https://[2606:4700:4700::1111]/', 'https://[2606:4700:4700::1111]/'],
    ['https://localhost.example/', 'https://localhost.example/'],
    ['https://local.example/', 'https://local.example/'],
    ['https://internal.example/', 'https://internal.example/'],
    ['https://a.notlocal/', 'https://a.notlocal/'],
    ['https://myhome.arpa/', 'https://myhome.arpa/'],
    ['https://10.example/', 'https://10.example/'],
    ['https://[2000::1]/', 'https://[2000::1]/'],
    ['https://[3ffe::1]/', 'https://[3ffe::1]/'],
  ])('may be %s on a deployed stage, stored as %s', (text, url) => {
    expect(checkCallbackUrl(text, true)).toEqual({ url })
  })

  it.each([
    '',
    ' ',
    'ui.example',
    '/callback',
    '//ui.example/',
    '?a=b',
    'https://',
    'https://a b/',
    'https://[::1/',
    'http://256.0.0.1/',
    'http://ui.example:99999/',
    'https://%zz/',
  ])('must be absolute, unlike "%s"', (text) => {
    expect(checkCallbackUrl(text, false)).toEqual({ issue: 'must be an absolute http or https URL' })
  })

  it.each([
    ['com.example.app:/cb', 'com.example.app:/cb'],
    ['com.example.app://cb', 'com.example.app://cb'],
    ['com.example.app://', 'com.example.app://'],
    ['com.example.app:///cb?a=b#c', 'com.example.app:///cb?a=b#c'],
    ['COM.Example.App:/Cb', 'com.example.app:/Cb'],
    [' com.example.app:/c b\n', 'com.example.app:/c b'],
    ['com.googleusercontent.apps.123-a:/oauth2redirect', 'com.googleusercontent.apps.123-a:/oauth2redirect'],
  ])('of a public client may have the scheme of an app: %j', (text, url) => {
    expect(checkCallbackUrl(text, true)).toEqual({ url: url.replace(' ', '%20') })
    expect(checkCallbackUrl(text, false, 'confidential')).toEqual({
      issue: 'must be an http or https URL, because kind is confidential',
    })
  })

  it.each(['com.example.app:cb', 'com.example.app:', 'com.example.app:\\cb', 'com.example.app:?a'])(
    'with the scheme of an app must have a slash after it, unlike %s',
    (text) => {
      expect(checkCallbackUrl(text, false)).toEqual({ issue: 'must have a slash after the scheme of the app' })
    },
  )

  it.each(['com.example.app://user@cb', 'com.example.app://:pass@cb'])(
    'with the scheme of an app must not contain credentials, unlike %s',
    (text) => {
      expect(checkCallbackUrl(text, false)).toEqual({ issue: 'must not contain a user name or password' })
    },
  )

  it.each([
    'ftp://ui.example/',
    'javascript:alert(1)',
    'javascript://com.example.app/%0aalert(1)',
    'JavaScript:/alert(1)',
    'vbscript:x',
    'intent://cb#Intent;scheme=com.example.app;end',
    'com.:/cb',
    'data:text/html,x',
    'file:///etc/passwd',
    'myapp://callback',
    'ws://ui.example/',
    'blob:https://ui.example/x',
    'mailto:a@ui.example',
  ])('must have the scheme http or https, unlike %s', (text) => {
    expect(checkCallbackUrl(text, false)).toEqual({
      issue: 'must be an http or https URL, or have the scheme of an app such as com.example.app:/callback',
    })
  })

  it.each([
    'https:ui.example',
    'https:/ui.example',
    'https:\\\\ui.example',
    'https:///ui.example',
    'https://\\ui.example',
    'ht\ntps://ui.example',
    '\u0001https://ui.example',
  ])('must have two slashes and a host, unlike %j', (text) => {
    expect(checkCallbackUrl(text, false)).toEqual({
      issue: 'must have two slashes and a host after http: or https:',
    })
  })

  it.each([
    'https://user@ui.example/',
    'https://user:pass@ui.example/',
    'https://:pass@ui.example/',
    'https://ui.example@evil.example/',
    'https://a%40b@ui.example/',
  ])('must not contain credentials, unlike %s', (text) => {
    expect(checkCallbackUrl(text, false)).toEqual({ issue: 'must not contain a user name or password' })
  })

  const INTERNAL = [
    'http://localhost/',
    'http://localhost:3000/',
    'http://LOCALHOST/',
    'http://localhost./',
    'http://localhost../',
    'http://app.localhost/',
    'http://app.localhost./',
    'http://notlocalhost/',
    'http://intranet/',
    'http://intranet./',
    'http://localdomain/',
    'http://localhost.localdomain/',
    'http://local/',
    'http://printer.local/',
    'http://PRINTER.Local./',
    'http://internal/',
    'http://metadata.google.internal/',
    'http://home.arpa/',
    'http://router.home.arpa/',
    'http://a.b.home.arpa../',
    'http://127.0.0.1/',
    'http://127.0.0.1./',
    'http://127.1/',
    'http://127.255.255.254/',
    'http://0x7f.1/',
    'http://0x7f000001/',
    'http://0177.0.0.1/',
    'http://2130706433/',
    'http://①②⑦.0.0.1/',
    'http://%31%32%37.0.0.1/',
    'http://0.0.0.0/',
    'http://0/',
    'http://0.1.2.3/',
    'http://10.0.0.1/',
    'http://10.1/',
    'http://172.16.0.1/',
    'http://172.31.255.255/',
    'http://192.168.1.1/',
    'http://169.254.169.254/',
    'http://2852039166/',
    'http://100.64.0.1/',
    'http://192.0.2.1/',
    'http://198.18.0.1/',
    'http://224.0.0.1/',
    'http://240.0.0.1/',
    'http://255.255.255.255/',
    'http://[::]/',
    'http://[::1]/',
    'http://[0:0:0:0:0:0:0:1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://[::127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[fe80::1]/',
    'http://[fc00::1]/',
    'http://[fd12:3456:789a::1]/',
    'http://[fec0::1]/',
    'http://[ff02::1]/',
    'http://[2001:db8::1]/',
    'http://[::93.184.216.34]/',
    'http://[100::1]/',
    'http://[1fff::1]/',
    'http://[4000::1]/',
    'http://[e000::1]/',
  ]

  it.each(INTERNAL)('must have a public host, unlike %s', (text) => {
    expect(checkCallbackUrl(text, true)).toEqual({ issue: 'must have a public host' })
  })

  it.each(INTERNAL)('may be %s where private hosts are allowed', (text) => {
    expect(checkCallbackUrl(text, false)).toHaveProperty('url')
  })
})

describe('parameters of a callback URL', () => {
  const PARAMETERS = { auth_token: 't', expiry: '2020-05-03T12:00:00Z' }
  const QUERY = 'auth_token=t&expiry=2020-05-03T12%3A00%3A00Z'

  it.each([
    ['https://ui.example/', `https://ui.example/?${QUERY}`],
    ['https://ui.example/?', `https://ui.example/?${QUERY}`],
    ['https://ui.example/a?b=c', `https://ui.example/a?b=c&${QUERY}`],
    ['https://ui.example/?b', `https://ui.example/?b&${QUERY}`],
    ['https://ui.example/?b=1&&c=2&', `https://ui.example/?b=1&c=2&${QUERY}`],
    ['https://ui.example/?b=%20+%7e&b=2', `https://ui.example/?b=%20+%7e&b=2&${QUERY}`],
    ['https://ui.example/?b=c?d', `https://ui.example/?b=c?d&${QUERY}`],
    ['https://ui.example/#part', `https://ui.example/?${QUERY}#part`],
    ['https://ui.example/?b=c#part?x', `https://ui.example/?b=c&${QUERY}#part?x`],
    ['https://ui.example/#a#b', `https://ui.example/?${QUERY}#a#b`],
  ])('are merged into the query of %s', (url, expected) => {
    expect(addUrlParameters(url, PARAMETERS)).toBe(expected)
  })

  it.each([
    ['https://ui.example/#/', `https://ui.example/#/?${QUERY}`],
    ['https://ui.example/#', `https://ui.example/#?${QUERY}`],
    ['https://ui.example/#!/', `https://ui.example/#!/?${QUERY}`],
    ['https://ui.example/#/page?b=c', `https://ui.example/#/page?b=c&${QUERY}`],
    ['https://ui.example/?b=c#/', `https://ui.example/?b=c#/?${QUERY}`],
    ['https://ui.example/#?b=c', `https://ui.example/#?b=c&${QUERY}`],
  ])('are merged into the fragment of %s, which contains a route', (url, expected) => {
    expect(addUrlParameters(url, PARAMETERS)).toBe(expected)
  })

  it.each([
    ['https://ui.example/?auth_token=old&b=c', `https://ui.example/?b=c&${QUERY}`],
    ['https://ui.example/?auth%5Ftoken=old', `https://ui.example/?${QUERY}`],
    ['https://ui.example/?expiry', `https://ui.example/?${QUERY}`],
    ['https://ui.example/?auth_token=1&auth_token=2', `https://ui.example/?${QUERY}`],
    ['https://ui.example/?auth_token=keep#/?auth_token=old', `https://ui.example/?auth_token=keep#/?${QUERY}`],
  ])('replace parameters of the same name in %s', (url, expected) => {
    expect(addUrlParameters(url, PARAMETERS)).toBe(expected)
  })

  it('may have the names of object properties', () => {
    expect(addUrlParameters('https://ui.example/?toString=1', PARAMETERS)).toBe(
      `https://ui.example/?toString=1&${QUERY}`,
    )
  })

  it('are read unchanged from the query', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.webUrl({ withQueryParameters: true }), (participant_id, url) => {
        const called = new URL(addUrlParameters(new URL(url).href, { participant_id }))
        expect(called.searchParams.getAll('participant_id')).toEqual([participant_id])
      }),
    )
  })

  it('are read unchanged from the fragment', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (participant_id) => {
        const called = new URL(addUrlParameters('https://ui.example/#/page?a=b', { participant_id }))
        expect([...new URLSearchParams(called.hash.replace('#/page?', ''))]).toEqual([
          ['a', 'b'],
          ['participant_id', participant_id],
        ])
      }),
    )
  })
})

describe('the callback URL of a request', () => {
  const client = {
    callback_url: 'https://ui.example/#/',
    callback_urls: ['https://ui.example/', 'https://ui.example/cb?a=b', 'com.example.app:/cb', 'http://127.0.0.1/cb'],
  }

  it('is the first one by default', () => {
    expect(selectCallbackUrl(client)).toBe('https://ui.example/#/')
    expect(selectCallbackUrl({ callback_url: 'https://a.example/' })).toBe('https://a.example/')
  })

  it.each([client.callback_url, ...client.callback_urls])('can be %s', (uri) => {
    expect(selectCallbackUrl(client, uri)).toBe(uri)
  })

  it('needs no slash after a host, which registration adds', () => {
    expect(selectCallbackUrl(client, 'https://ui.example')).toBe('https://ui.example/')
  })

  it.each([
    ...[
      '',
      '/',
      'https://ui.example/cb',
      'https://ui.example/cb?a=b&c',
      'https://ui.example/cb?a=b#',
      'https://evil.example/',
    ],
    ...[
      'https://ui.example//',
      'http://ui.example/',
      'https://UI.example/',
      'https://ui.example:443/',
      'https://ui.example?',
    ],
    ...[
      'https://ui.example/cb/..',
      'https://ui.example/%63b?a=b',
      'https://ui.example/CB?a=b',
      'https://ui.example@evil.example',
    ],
    ...[
      'com.example.app:/cb/',
      'com.example.app://cb',
      'com.example.app:/',
      'COM.example.app:/cb',
      'com.example.app.evil:/cb',
    ],
  ])('cannot be %j, which is another text', (uri) => {
    expect(selectCallbackUrl(client, uri)).toBeUndefined()
  })

  it.each(['http://127.0.0.1:51004/cb', 'http://127.0.0.1:1/cb', 'http://127.0.0.1/cb'])(
    'with a loopback address may have any port: %s',
    (uri) => {
      expect(selectCallbackUrl(client, uri)).toBe(uri)
    },
  )

  it.each([
    ...['http://127.0.0.1:51004/', 'http://127.0.0.1:51004/cb?a', 'http://127.0.0.1:99999/cb', 'http://127.0.0.1:/cb'],
    ...['http://127.0.0.1:80@evil.example/cb', 'http://127.0.0.1.evil.example/cb', 'https://127.0.0.1:51004/cb'],
    ...['http://127.0.0.2:51004/cb', 'http://localhost:51004/cb', 'http://[::1]:51004/cb', 'https://ui.example:51004/'],
  ])('with a loopback address is otherwise the same text, unlike %s', (uri) => {
    expect(selectCallbackUrl(client, uri)).toBeUndefined()
  })
})
