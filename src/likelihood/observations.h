/* likelihood/observations.h
 * Data out of text: numbers in rows, and outcomes with their counts. Messages
 * begin with `name`, the file's, and the line. */
#ifndef LK_LIKELIHOOD_OBSERVATIONS_H
#define LK_LIKELIHOOD_OBSERVATIONS_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Rows of decimal numbers, separated by blanks, tabs, commas or semicolons; empty
 * lines, and what follows a '#', do not count. */
typedef struct {
	double *value;
	size_t count;   /* numbers in all */
	size_t columns; /* of every row; 0 where rows differ */
	size_t ragged;  /* then the first line that differs */
} lk_numbers;

/* text[nbytes] must be a NUL. What is no finite number, and text without any, is
 * refused. */
lk_status lk_numbers_parse(lk_numbers *numbers, const char *text, size_t nbytes,
		const char *name, lk_error *error);
void lk_numbers_free(lk_numbers *numbers);

/* The distinct outcomes in byte order, and how often each occurs. */
typedef struct {
	char **name;
	double *count;
	size_t outcomes;
} lk_outcomes;

/* Words (what white space separates), or, with bytes, each byte of the text. A
 * word is cut at a NUL. */
lk_status lk_outcomes_count(lk_outcomes *outcomes, const char *text, size_t nbytes,
		bool bytes, const char *name, lk_error *error);

/* Make it `total` outcomes, the new ones being unseen. */
lk_status lk_outcomes_extend(lk_outcomes *outcomes, size_t total, lk_error *error);
void lk_outcomes_free(lk_outcomes *outcomes);

#endif
