#include "text/documents.h"

#include "base/names.h"

#include <stdlib.h>
#include <string.h>

struct lk_document_scanner {
	lk_document_rule rule;
	uint64_t at; /* bytes looked through */
	/* blank lines */
	uint64_t line;   /* where the line at hand begins */
	bool line_text;  /* it holds more than white space */
	bool seen_text;  /* so did a line of this document before */
	bool seen_blank; /* and a blank line came after */
	/* separator [Knuth, Morris & Pratt 1977] */
	size_t length, matched;
	size_t fallback[]; /* of each prefix, its longest border */
};

lk_status lk_document_rule_parse(
		lk_document_rule *rule, const char *text, lk_error *error)
{
	static const char separator[] = "separator:";
	static const char *const names[] = { "files", "lines", "blank-lines" };
	int kind = lk_name_find(text, names, sizeof names / sizeof *names);

	if (kind >= 0) {
		*rule = (lk_document_rule){ (lk_documents_kind)kind, NULL };
		return LK_OK;
	}
	if (strncmp(text, separator, sizeof separator - 1) != 0)
		return lk_fail(error, LK_RANGE,
				"--documents %s is unknown; use files, lines, "
				"blank-lines or separator:STRING",
				text);
	text += sizeof separator - 1;
	if (!*text)
		return lk_fail(error, LK_RANGE,
				"--documents separator: lacks the characters that "
				"separate; write separator:STRING");
	*rule = (lk_document_rule){ LK_DOCUMENTS_SEPARATOR, text };
	return LK_OK;
}

static void find_borders(lk_document_scanner *s)
{
	const char *separator = s->rule.separator;
	size_t border = 0;

	for (size_t i = 1; i < s->length; i++) {
		while (border && separator[i] != separator[border])
			border = s->fallback[border - 1];
		border += separator[i] == separator[border];
		s->fallback[i] = border;
	}
}

lk_status lk_document_scanner_new(lk_document_scanner **scanner,
		const lk_document_rule *rule, lk_error *error)
{
	size_t length = rule && rule->separator ? strlen(rule->separator) : 0;
	lk_document_scanner *s = calloc(1, sizeof *s + length * sizeof *s->fallback);

	if (!s)
		return lk_fail(error, LK_NOMEM, "out of memory for a text's documents");
	if (rule)
		s->rule = *rule;
	s->length = length;
	find_borders(s);
	*scanner = s;
	return LK_OK;
}

void lk_document_scanner_free(lk_document_scanner *scanner)
{
	free(scanner);
}

void lk_document_scanner_begin(lk_document_scanner *s)
{
	s->at = s->line = 0;
	s->line_text = s->seen_text = s->seen_blank = false;
	s->matched = 0;
}

static lk_status scan_lines(lk_document_scanner *s, const unsigned char *text,
		size_t nbytes, lk_document_end_sink *found, void *context,
		lk_error *error)
{
	const unsigned char *end = text + nbytes, *p = text;
	lk_status status = LK_OK;

	while (!status && p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
		p++;
		status = found(context, s->at + (uint64_t)(p - text), error);
	}
	return status;
}

/* The line at hand has ended at `next`. */
static void end_line(lk_document_scanner *s, uint64_t next)
{
	if (s->line_text)
		s->seen_text = true;
	else if (s->seen_text)
		s->seen_blank = true;
	s->line_text = false;
	s->line = next;
}

static lk_status scan_blank_lines(lk_document_scanner *s, const unsigned char *text,
		size_t nbytes, lk_document_end_sink *found, void *context,
		lk_error *error)
{
	const unsigned char *end = text + nbytes, *p = text;
	lk_status status = LK_OK;

	while (!status && p < end) {
		if (s->line_text) { /* nothing more to be learnt of this line */
			p = memchr(p, '\n', (size_t)(end - p));
			if (!p)
				break;
		}
		unsigned char c = *p++;
		if (c == '\n') {
			end_line(s, s->at + (uint64_t)(p - text));
		} else if (c != ' ' && c != '\t' && c != '\r') {
			s->line_text = true;
			if (s->seen_blank) {
				s->seen_blank = false;
				status = found(context, s->line, error);
			}
		}
	}
	return status;
}

static lk_status scan_separator(lk_document_scanner *s, const unsigned char *text,
		size_t nbytes, lk_document_end_sink *found, void *context,
		lk_error *error)
{
	const unsigned char *separator = (const unsigned char *)s->rule.separator;
	lk_status status = LK_OK;

	for (size_t i = 0; i < nbytes && !status; i++) {
		if (!s->matched) {
			const unsigned char *p =
					memchr(text + i, separator[0], nbytes - i);
			if (!p)
				break;
			i = (size_t)(p - text);
		}
		while (s->matched && text[i] != separator[s->matched])
			s->matched = s->fallback[s->matched - 1];
		s->matched += text[i] == separator[s->matched];
		if (s->matched == s->length) {
			s->matched = 0;
			status = found(context, s->at + i + 1, error);
		}
	}
	return status;
}

lk_status lk_document_scanner_scan(lk_document_scanner *s, const unsigned char *text,
		size_t nbytes, lk_document_end_sink *found, void *context,
		lk_error *error)
{
	lk_status status = LK_OK;

	switch (s->rule.kind) {
	case LK_DOCUMENTS_FILES:
		break;
	case LK_DOCUMENTS_LINES:
		status = scan_lines(s, text, nbytes, found, context, error);
		break;
	case LK_DOCUMENTS_BLANK_LINES:
		status = scan_blank_lines(s, text, nbytes, found, context, error);
		break;
	case LK_DOCUMENTS_SEPARATOR:
		status = scan_separator(s, text, nbytes, found, context, error);
		break;
	}
	s->at += nbytes;
	return status;
}

uint64_t lk_document_scanner_settled(const lk_document_scanner *s)
{
	/* Whether a document ends at the beginning of this line is not known
	 * before its first character. */
	return s->seen_blank ? s->line : s->at;
}
