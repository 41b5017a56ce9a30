/* base/compose.h
 * Files whose text one function makes. */
#ifndef LK_BASE_COMPOSE_H
#define LK_BASE_COMPOSE_H

#include "base/status.h"

#include <stdio.h>

typedef lk_status lk_composer(FILE *out, const void *context, lk_error *error);

/* What compose(out, context) writes becomes the file `path`, all at once
 * (lk_file_replace). Until then it is in memory: where compose fails, or memory is
 * short (LK_NOMEM), the file stays as it was. */
lk_status lk_file_compose(const char *path, lk_composer *compose, const void *context,
		lk_error *error);

#endif
