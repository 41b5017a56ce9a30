/* base/clock.h
 * Time and memory of this process. */
#ifndef LK_BASE_CLOCK_H
#define LK_BASE_CLOCK_H

#include <stddef.h>

/* Seconds of a monotonic clock; only differences mean anything. */
double lk_clock_seconds(void);

/* Resident memory of this process in bytes: now, and its peak so far.
 * 0 where the system does not tell. */
size_t lk_memory_now(void);
size_t lk_memory_peak(void);

#endif
