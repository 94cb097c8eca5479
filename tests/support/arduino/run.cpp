// Runs a sketch for some hours: arguments are the number of hours and the statuses of its first requests.
#include SKETCH

int main(int count, char** arguments) {
  for (int i = 2; i < count; i++) statuses.push_back(atoi(arguments[i]));
  setup();
  while (millis() < atoi(arguments[1]) * 3600000ul) loop();
}
