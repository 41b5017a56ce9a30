/* formats/merges_txt.h
 * vocab.json and merges.txt, the files that GPT-2 was published with. */
#ifndef LK_FORMATS_MERGES_TXT_H
#define LK_FORMATS_MERGES_TXT_H

#include "text/tokenizer.h"

/* Read both from a directory. merges.txt has a merge a line, two tokens with a
 * space between, after a first line that may begin with "#version"; text is split
 * as GPT-2 splits it. */
lk_status lk_merges_txt_read(
		lk_tokenizer **tokenizer, const char *directory, lk_error *error);

/* The same from two files. */
lk_status lk_merges_txt_read_files(lk_tokenizer **tokenizer, const char *vocab_path,
		const char *merges_path, lk_error *error);

#endif
