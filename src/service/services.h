/* The services, one a file of that name; service.c lists them. */
#ifndef SERVICE_SERVICES_H
#define SERVICE_SERVICES_H

#include <ringside/service.h>

extern const struct service service_echo;
extern const struct service service_discard;
extern const struct service service_daytime;
extern const struct service service_chargen;
extern const struct service service_time;
extern const struct service service_ntp;
extern const struct service service_stamp;
extern const struct service service_irtt;
extern const struct service service_sockperf;
extern const struct service service_ctime;
extern const struct service service_stamped;
extern const struct service service_greeting;

#endif
