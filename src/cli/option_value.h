/* cli/option_value.h
 * The value of one option: from the user's text into the field that the row
 * names, and back into text. Inside of cli/options.h. */
#ifndef LK_CLI_OPTION_VALUE_H
#define LK_CLI_OPTION_VALUE_H

#include "cli/options.h"

/* A whole number, perhaps with a fraction that K, M or G (1e3, 1e6, 1e9) makes
 * whole: "12", "10K", "1.5M". false where text is none or exceeds 64 bits. */
bool lk_parse_count(const char *text, uint64_t *value);

/* A finite decimal number and nothing beside it. */
bool lk_parse_real(const char *text, double *value);

/* Set row's field of values; the message names option and range. Texts are not
 * copied. text is NULL for a flag that was given. */
lk_status lk_option_set(const lk_option *row, void *values, const char *text,
		lk_error *error);

uint64_t lk_option_get_count(const lk_option *row, const void *values);

/* What --help says of the value: "128 tokens", "rmsnorm", "no". */
char *lk_option_text(const lk_option *row, const void *values, char *text,
		size_t size);

/* "a, b or c" into text, cut where it does not fit; returns text. */
char *lk_option_choices_text(const lk_option *row, char *text, size_t size);

#endif
