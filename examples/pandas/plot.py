"""Saves a plot of one column of the last week, with a line for each box.

python plot.py <url> <client_id> <column> <file>, with the token in the variable LATCHKEY_TOKEN.
"""

import os
import sys

import matplotlib
import pandas
from latchkey_csv import download_csv

matplotlib.use('Agg')
url, client_id, column, file = sys.argv[1:]
selection = {'client_id': client_id, 'cols': f'box,{column}', 'from': '-7d'}
rows = pandas.read_csv(
    download_csv(url, os.environ['LATCHKEY_TOKEN'], **selection), parse_dates=['time'], date_format='ISO8601'
)
axes = rows.pivot_table(index='time', columns='box', values=column).plot(figsize=(10, 5), ylabel=column)
axes.figure.savefig(file)
