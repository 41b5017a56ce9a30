/* make_model DIR KIND [TEXT]: a small model with random weights and a tokenizer,
 * for the tests of the commands. KIND is byte, or char: the characters of the file
 * TEXT. Sharper than at the beginning of training, so that predictions differ. */
#include "formats/model_directory.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static lk_status make_tokenizer(lk_tokenizer **tokenizer, const char *kind,
		const char *path, lk_error *error)
{
	lk_bytes text;
	lk_status status;

	if (!strcmp(kind, "byte"))
		return lk_tokenizer_new_byte(tokenizer, error);
	status = lk_file_read(&text, path, 0, error);
	if (!status) {
		status = lk_tokenizer_new_char(tokenizer, text.data, text.nbytes, error);
		lk_bytes_free(&text);
	}
	return status;
}

static void sharpen(lk_model *model)
{
	size_t count;
	const lk_tensor *tensor = lk_model_parameters(model, &count);

	for (size_t n = 0; n < count; n++)
		for (size_t i = 0; tensor[n].rank == 2 && i < lk_tensor_count(&tensor[n]);
				i++)
			((float *)tensor[n].data)[i] *= 8;
}

static lk_status make(const char *directory, const char *kind, const char *path,
		lk_error *error)
{
	lk_model_config config = lk_model_config_default();
	lk_tokenizer *tokenizer = NULL;
	lk_model *model = NULL;
	lk_status status = make_tokenizer(&tokenizer, kind, path, error);

	config.context = 24;
	config.layers = 2;
	config.width = 32;
	config.heads = 4;
	if (!status) {
		config.vocabulary = tokenizer->vocabulary;
		status = lk_model_config_complete(&config, error);
	}
	if (!status)
		status = lk_model_new(&model, &config, lk_isa_best(), error);
	if (!status) {
		lk_model_initialise(model, 1);
		sharpen(model);
		status = lk_directory_make(directory, error);
	}
	if (!status)
		status = lk_model_directory_write(directory, model, tokenizer, error);
	lk_model_free(model);
	lk_tokenizer_free(tokenizer);
	return status;
}

int main(int argc, char **argv)
{
	lk_error error;

	if (argc < 3 || make(argv[1], argv[2], argv[argc - 1], &error)) {
		fprintf(stderr, "make_model: %s\n", argc < 3 ? "arguments" : error.text);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
