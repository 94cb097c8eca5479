# Runs PROGRAM with the modules of a board. `time.sleep` moves the clock, and ends the program after MINUTES rows.
import sys, board

class Module: pass
def module(name, **members):
    sys.modules[name] = Module()
    for member in members: setattr(sys.modules[name], member, members[member])

class Stop(Exception): pass
clock = [STARTED]
rows = [0]
def sleep(seconds):
    clock[0] += seconds
    if rows[0] >= MINUTES: raise Stop()
def temperature():
    rows[0] += 1
    return 21.5

class Response:
    text = ''
    def close(self): pass
def post(url, data, headers, timeout):
    status = board.post(url, data.decode(), headers['Content-Type'], headers['Content-SHA256-Salted'])
    if status < 0: raise OSError('no connection')
    response = Response()
    response.status_code = status
    return response
class Network:
    def __init__(self, kind): pass
    def active(self, on): pass
    def connect(self, name, password): pass

# An epoch of 2000, as on the ESP32.
module('time', time=lambda: clock[0] - 946684800, sleep=sleep, gmtime=lambda seconds: (2000, 1, 1))
module('network', WLAN=Network, STA_IF=0)
module('ntptime', settime=lambda: None)
module('requests', post=post)
module('esp32', mcu_temperature=temperature)
try:
    exec(PROGRAM, {'__name__': '__main__'})
except Stop:
    pass
