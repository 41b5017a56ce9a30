#include "base/compose.h"

#include "base/file.h"

#include <stdlib.h>

static lk_status no_memory(const char *path, lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "%s: out of memory for what goes there", path);
}

lk_status lk_file_compose(const char *path, lk_composer *compose, const void *context,
		lk_error *error)
{
	char *text = NULL;
	size_t nbytes;
	FILE *out = open_memstream(&text, &nbytes);
	lk_status status = out ? compose(out, context, error) : no_memory(path, error);

	if (out && fclose(out) && !status)
		status = no_memory(path, error);
	if (!status)
		status = lk_file_replace(path, text, nbytes, error);
	free(text);
	return status;
}
