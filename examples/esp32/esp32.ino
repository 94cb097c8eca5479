// Sends a temperature every minute with a device key. While Latchkey does not respond, the rows wait in a ring.
#include <HTTPClient.h>
#include <WiFi.h>
#include <WiFiClientSecure.h>

const char* WIFI_NAME = "your network";
const char* WIFI_PASSWORD = "its password";
const char* URL = "https://latchkey.example/upload";
const char* CLIENT_ID = "your client id";
const char* DEVICE_KEY = "your device key";
const char* BOX = "greenhouse";
// The certificate that verifies Latchkey. For AWS: Amazon Root CA 1, from https://www.amazontrust.com/repository/
const char* ROOT_CERTIFICATE = R"(-----BEGIN CERTIFICATE-----
...
-----END CERTIFICATE-----)";

const uint32_t SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE;
const size_t CAPACITY = 720;  // rows: 12 hours
const size_t BATCH = 120;     // rows of one upload

struct Row {
  time_t time;
  float temperature;
};
Row rows[CAPACITY];
size_t oldest = 0, length = 0;
uint32_t sampled = 0, sent = 0, interval, backoff = MINUTE;

float readTemperature() { return temperatureRead(); }  // of the chip: replace it with your sensor

// A full ring loses its oldest row.
void append(Row row) {
  rows[(oldest + length) % CAPACITY] = row;
  if (length < CAPACITY) length++;
  else oldest = (oldest + 1) % CAPACITY;
}

String batch(size_t size) {
  String times, temperatures;
  for (size_t i = 0; i < size; i++) {
    const Row& row = rows[(oldest + i) % CAPACITY];
    if (i > 0) {
      times += ",";
      temperatures += ",";
    }
    times += String((unsigned long)row.time);
    temperatures += String(row.temperature, 2);
  }
  return String("{\"box\":\"") + BOX + "\",\"time\":[" + times + "],\"temperature_c\":[" + temperatures + "]}";
}

// Sends the oldest rows. Returns the milliseconds until the next upload.
uint32_t upload() {
  size_t size = length < BATCH ? length : BATCH;
  WiFiClientSecure client;
  client.setCACert(ROOT_CERTIFICATE);
  HTTPClient http;
  const char* names[] = {"Retry-After"};
  http.collectHeaders(names, 1);
  http.setTimeout(30 * SECOND);
  http.begin(client, URL);
  http.setAuthorization(CLIENT_ID, DEVICE_KEY);
  http.addHeader("Content-Type", "application/json");
  int status = http.POST(batch(size));
  uint32_t retryAfter = http.header("Retry-After").toInt() * SECOND;
  if (status != 200) Serial.printf("%d %s\n", status, http.getString().c_str());
  http.end();
  if (status == 200) {
    oldest = (oldest + size) % CAPACITY;
    length -= size;
    backoff = MINUTE;
    return length > 0 ? SECOND : MINUTE;
  }
  // Rows with times can be sent again safely, also after a lost response.
  uint32_t next = max(backoff, retryAfter);
  backoff = min(2 * backoff, HOUR);
  return next;
}

void setup() {
  Serial.begin(115200);
  WiFi.begin(WIFI_NAME, WIFI_PASSWORD);
  configTime(0, 0, "pool.ntp.org");
  interval = esp_random() % MINUTE;  // after a power cut, devices must not all upload at once
}

void loop() {
  uint32_t now = millis();
  bool hasClock = time(nullptr) > 1600000000;
  if (hasClock && now - sampled >= MINUTE) {
    sampled = now;
    append({time(nullptr), readTemperature()});
  }
  if (length > 0 && now - sent >= interval) {
    interval = upload();
    interval += esp_random() % (interval / 4 + 1);
    sent = millis();
  }
  delay(100);
}
