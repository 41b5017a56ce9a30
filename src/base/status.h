/* base/status.h
 * How a function says that it failed: a status for the program and one
 * sentence for the person.
 *
 * A function that can fail returns lk_status and takes lk_error *error last.
 * On success error is untouched. On failure it holds one sentence, fit to be
 * printed as it is, that says what went wrong, where, and what to do.
 * Only cli/ prints it. error may be NULL when nobody will read it. */
#ifndef LK_BASE_STATUS_H
#define LK_BASE_STATUS_H

/* clang-format off */
#define LK_STATUSES(X)                                                  \
	X(OK,          "success")                                       \
	X(NOMEM,       "out of memory")                                 \
	X(IO,          "cannot read or write")                          \
	X(FORMAT,      "malformed file")                                \
	X(UNSUPPORTED, "valid, but not supported here")                 \
	X(RANGE,       "value out of range")                            \
	X(EXISTS,      "something is already there")                    \
	X(DIVERGED,    "a loss or gradient is not finite")              \
	X(STOPPED,     "stopped by a signal")
/* clang-format on */

typedef enum {
#define X(name, text) LK_##name,
	LK_STATUSES(X)
#undef X
} lk_status;

typedef struct {
	lk_status status;
	char text[512];
} lk_error;

/* Store a message fit to be printed as it is; return status, so that callers
 * write `return lk_fail(error, LK_IO, ...)`. A message that does not fit is
 * cut at a character boundary. error may be NULL. */
lk_status lk_fail(lk_error *error, lk_status status, const char *format, ...)
		__attribute__((format(printf, 3, 4)));

/* As lk_fail with LK_IO, and ": " and strerror(errno) appended. */
lk_status lk_fail_errno(lk_error *error, const char *format, ...)
		__attribute__((format(printf, 2, 3)));

/* Put "prefix: " in front of a message stored before; return its status. */
lk_status lk_fail_in(lk_error *error, lk_status status, const char *format, ...)
		__attribute__((format(printf, 3, 4)));

/* The text of LK_STATUSES. */
const char *lk_status_text(lk_status status);

#endif
