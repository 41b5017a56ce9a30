#include "evaluate/words.h"

#include "text/utf8.h"

#include <utf8proc.h>

bool lk_is_white_space(uint32_t code_point)
{
	if (code_point < 0x80)
		return code_point == ' ' || (code_point >= '\t' && code_point <= '\r');
	if (code_point >= LK_UTF8_INVALID)
		return false;
	utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code_point);
	return code_point == 0x85 || category == UTF8PROC_CATEGORY_ZS ||
	       category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

lk_text_size lk_text_measure(const lk_documents *documents)
{
	lk_text_size size = { 0 };

	for (size_t d = 0; d < documents->count; d++) {
		const lk_document *document = &documents->document[d];
		bool inside = false;
		size_t length;

		for (size_t at = 0; at < document->nbytes; at += length) {
			bool space = lk_is_white_space(lk_utf8_decode(
					document->text + at, document->nbytes - at,
					&length));

			size.characters++;
			size.words += !space && !inside;
			inside = !space;
		}
	}
	return size;
}
