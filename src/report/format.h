/* report/format.h
 * Numbers as people like to read them. Each function writes into text, cut where
 * it does not fit (LK_FORMAT_MOST always suffices), and returns text. What is
 * not finite is "inf", "-inf" or "nan". */
#ifndef LK_REPORT_FORMAT_H
#define LK_REPORT_FORMAT_H

#include <stddef.h>
#include <stdint.h>

enum { LK_FORMAT_MOST = 48 };

/* "7", "1.2K", "34.5M", "1.2G": three digits, powers of 1000. */
char *lk_format_short(char *text, size_t size, double value);

/* "1,003,854" */
char *lk_format_whole(char *text, size_t size, uint64_t value);

/* "0 B", "4.03 MB", "12.3 GB": powers of 1000. */
char *lk_format_bytes(char *text, size_t size, double nbytes);

/* "0.42s", "12s", "3m 20s", "1h 05m", "2d 03h" */
char *lk_format_seconds(char *text, size_t size, double seconds);

#endif
