#include "formats/tokenizer_part.h"

#include <string.h>

void lk_tokenizer_part_refuse(lk_json_reader *r, const char *part, const char *what)
{
	lk_json_refuse(r, LK_UNSUPPORTED, "%s \"%.40s\" is not supported", part,
			what ? what : "?");
}

const char *lk_tokenizer_part_type(const json_t *part)
{
	const char *type = json_string_value(json_object_get(part, "type"));

	return type ? type : json_is_object(part) ? "?" : "";
}

bool lk_tokenizer_part_is(const json_t *part, const char *type)
{
	return !strcmp(lk_tokenizer_part_type(part), type);
}
