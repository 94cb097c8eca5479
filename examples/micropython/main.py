# Sends a temperature every minute with a salted checksum: `requests` does not verify certificates, and the salt is
# never sent. While Latchkey does not respond, the rows wait in memory.
import binascii
import hashlib
import json
import random
import time

import network
import ntptime
import requests

WIFI_NAME = 'your network'
WIFI_PASSWORD = 'its password'
URL = 'https://latchkey.example/upload'
CLIENT_ID = 'your client id'
SALT = 'your salt'
BOX = 'greenhouse'

CAPACITY = 360  # rows: 6 hours
BATCH = 60  # rows of one upload
# Some boards start their clock in the year 2000 instead of 1970.
EPOCH = 946684800 if time.gmtime(0)[0] == 2000 else 0


def read_temperature():
    import esp32

    return esp32.mcu_temperature()  # of the chip: replace it with your sensor


def upload(rows):
    """Returns whether Latchkey has stored the rows."""
    times, temperatures = zip(*rows)
    body = json.dumps({'box': BOX, 'time': times, 'temperature_c': temperatures}).encode()
    checksum = binascii.hexlify(hashlib.sha256(body + SALT.encode()).digest()).decode()
    headers = {'Content-Type': 'application/json', 'Content-SHA256-Salted': checksum}
    try:
        response = requests.post(URL + '?client_id=' + CLIENT_ID, data=body, headers=headers, timeout=30)
    except OSError as error:
        print(error)
        return False
    if response.status_code != 200:
        print(response.status_code, response.text)
    response.close()
    return response.status_code == 200


def connect():
    wlan = network.WLAN(network.STA_IF)
    wlan.active(True)
    wlan.connect(WIFI_NAME, WIFI_PASSWORD)
    while True:
        try:
            return ntptime.settime()
        except OSError:
            time.sleep(5)


connect()
# After a power cut, devices must not all upload at once.
time.sleep(random.randint(0, 60))
rows, wait = [], 0
while True:
    rows.append((time.time() + EPOCH, read_temperature()))
    del rows[:-CAPACITY]
    wait -= 1
    while rows and wait <= 0:
        if upload(rows[:BATCH]):
            del rows[:BATCH]
        else:
            wait = random.randint(2, 10)
    time.sleep(random.randint(50, 70))
