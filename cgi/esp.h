/*
 * ESP8266 and ESP32, as their SDKs, rboot, the Arduino cores, ESP-IDF and raw downloads ask: see
 * otactl.cgi(8).
 */
#pragma once

#include "cgi/route.h"

enum { ESP_ROUTES = 1 };
extern const struct route esp_routes[ESP_ROUTES];
