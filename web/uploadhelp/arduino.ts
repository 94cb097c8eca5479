import type { UploadExample } from './commands.ts'
import { headerOf } from './digest.ts'

/** A text of C++; a byte that is not plain ASCII is an octal escape, which ends after three digits. */
const inC = (bytes: Uint8Array): string => `"${Array.from(bytes, characterOfC).join('')}"`

function characterOfC(byte: number): string {
  if (byte < 0x20 || byte > 0x7e) return `\\${byte.toString(8).padStart(3, '0')}`
  const character = String.fromCharCode(byte)
  return '"\\'.includes(character) ? `\\${character}` : character
}

const text = (value: string): string => inC(new TextEncoder().encode(value))

const CHECKSUM = (mbedtls: string) => `
// The digest of exactly the bytes that are sent, followed by the salt.
String saltedChecksum() {
  const mbedtls_md_info_t* kind = mbedtls_md_info_from_type(${mbedtls});
  mbedtls_md_context_t context;
  uint8_t digest[MBEDTLS_MD_MAX_SIZE];
  mbedtls_md_init(&context);
  mbedtls_md_setup(&context, kind, 0);
  mbedtls_md_starts(&context);
  mbedtls_md_update(&context, (const uint8_t*)BODY, BODY_LENGTH);
  mbedtls_md_update(&context, (const uint8_t*)SALT, strlen(SALT));
  mbedtls_md_finish(&context, digest);
  mbedtls_md_free(&context);
  String hex;
  for (size_t i = 0; i < mbedtls_md_get_size(kind); i++) {
    char digits[3];
    snprintf(digits, sizeof digits, "%02x", digest[i]);
    hex += digits;
  }
  return hex;
}
`

const AUTHORITY = `
// The certificate that verifies the server. For AWS: Amazon Root CA 1, from https://www.amazontrust.com/repository/
const char* AUTHORITY = R"(-----BEGIN CERTIFICATE-----
...
-----END CERTIFICATE-----)";
`

/** A sketch for the ESP32, or why there is none: its mbedTLS knows no SHA-3 and no BLAKE2. */
export function arduinoSketch({ url, token, salt, algorithm, body }: UploadExample): string {
  const { mbedtls } = algorithm
  if (salt !== '' && mbedtls === null) {
    return `// The libraries of the ESP32 have no ${algorithm.name}: choose SHA256, or another of the SHA-2 family.\n`
  }
  const isSecure = url.startsWith('https:')
  const isSalted = salt !== '' && mbedtls !== null
  return `#include <HTTPClient.h>
#include <WiFi.h>
${isSecure ? '#include <WiFiClientSecure.h>\n' : ''}${isSalted ? '#include <mbedtls/md.h>\n' : ''}
const char* WIFI_NAME = "your network";
const char* WIFI_PASSWORD = "its password";
const char* ADDRESS = ${text(url)};
${isSalted ? `const char* SALT = ${text(salt)};\n` : ''}const char BODY[] = ${inC(body.bytes)};
const size_t BODY_LENGTH = sizeof BODY - 1;
${isSecure ? AUTHORITY : ''}${isSalted ? CHECKSUM(mbedtls) : ''}
void upload() {
  ${isSecure ? 'WiFiClientSecure client;\n  client.setCACert(AUTHORITY);' : 'WiFiClient client;'}
  HTTPClient http;
  http.begin(client, ADDRESS);
  http.addHeader("Content-Type", ${text(body.contentType)});
${token === '' ? '' : `  http.addHeader("Authorization", ${text(`Bearer ${token}`)});\n`}${isSalted ? `  http.addHeader(${text(headerOf(algorithm))}, saltedChecksum());\n` : ''}  int status = http.POST((uint8_t*)BODY, BODY_LENGTH);
  Serial.printf("%d %s\\n", status, http.getString().c_str());
  http.end();
}

void setup() {
  Serial.begin(115200);
  WiFi.begin(WIFI_NAME, WIFI_PASSWORD);
  while (WiFi.status() != WL_CONNECTED) delay(500);
  upload();
}

void loop() {}
`
}
