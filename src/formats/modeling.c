#include "formats/modeling.h"

#include "base/file.h"

#include <stdlib.h>

#define MODULE "modeling_likely"

lk_status lk_modeling_write(const char *directory, lk_error *error)
{
	char *path = lk_path_join(directory, MODULE ".py");
	lk_status status = path ? lk_file_replace(path, lk_modeling_text,
						  lk_modeling_text_nbytes, error)
				: lk_fail(error, LK_NOMEM, "%s: out of memory", directory);

	free(path);
	return status;
}

json_t *lk_modeling_map(void)
{
	return json_pack("{s:s, s:s}", "AutoConfig", MODULE ".LikelyConfig",
			"AutoModelForCausalLM", MODULE ".LikelyForCausalLM");
}
