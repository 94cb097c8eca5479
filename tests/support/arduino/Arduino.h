// The part of the Arduino core for the ESP32 that the example uses. HTTPClient prints its requests instead of sending them.
#pragma once
#include <algorithm>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <ctime>

using std::max;
using std::min;

struct String : std::string {
  using std::string::string;
  String(const std::string& text) : std::string(text) {}
  String(unsigned long number) : std::string(std::to_string(number)) {}
  String(float number, unsigned digits) {
    char text[32];
    snprintf(text, sizeof text, "%.*f", digits, number);
    assign(text);
  }
  long toInt() const { return atol(c_str()); }
};

const time_t STARTED = 1772442000;
inline uint32_t now_ms = 0;
inline uint32_t millis() { return now_ms; }
inline void delay(uint32_t ms) { now_ms += ms; }
inline time_t clock_time(std::nullptr_t) { return STARTED + now_ms / 1000; }
#define time(argument) clock_time(argument)
inline void configTime(long, int, const char*) {}
// The largest value shows that random pauses are bounded.
inline uint32_t esp_random() { return 0xffffffff; }
inline float temperatureRead() { return 21.5f; }

struct {
  void begin(long) {}
  void printf(const char* format, ...) {
    va_list values;
    va_start(values, format);
    vfprintf(stderr, format, values);
    va_end(values);
  }
} Serial;

struct {
  void begin(const char*, const char*) {}
} WiFi;

struct WiFiClientSecure {
  bool hasCertificate = false;
  void setCACert(const char* certificate) { hasCertificate = certificate[0] == '-'; }
};

/** Statuses of the next requests; a negative one is a failed connection. Later requests have 200. */
inline std::deque<int> statuses;

class HTTPClient {
  std::string url, user, password, type;
  int status = 0;

 public:
  void setTimeout(uint16_t) {}
  void collectHeaders(const char* names[], size_t count) {}
  void begin(WiFiClientSecure& client, const char* address) {
    if (client.hasCertificate) url = address;
  }
  void setAuthorization(const char* name, const char* secret) {
    user = name;
    password = secret;
  }
  void addHeader(const char* name, const char* value) { type = std::string(name) + ": " + value; }
  int POST(const String& body) {
    status = 200;
    if (!statuses.empty()) {
      status = statuses.front();
      statuses.pop_front();
    }
    printf("%u\t%d\t%s\t%s:%s\t%s\t%s\n", now_ms, status, url.c_str(), user.c_str(), password.c_str(), type.c_str(), body.c_str());
    return status;
  }
  String header(const char*) { return status == 503 ? "300" : ""; }
  String getString() { return ""; }
  void end() {}
};
