/* likely compare: where each model wins most over each other. */
#include "cli/compare.h"

static lk_status show_pair(const lk_comparison *c, const lk_candidate *a,
		const lk_candidate *b, lk_passages_show *show, void *out,
		lk_error *error)
{
	lk_passage best[LK_PASSAGES];
	size_t count;
	lk_status status = lk_passages_find(best, &count, &a->costs, &b->costs,
			c->text.data, c->text.start, c->text.documents.count, error);

	if (status || !count)
		return status;
	return show(c, a, b, best, count, out, error);
}

lk_status lk_compare_passages(const lk_comparison *c, lk_passages_show *show,
		void *out, lk_error *error)
{
	lk_status status = LK_OK;

	for (size_t i = 0; i < c->candidates && !status; i++)
		for (size_t j = 0; j < c->candidates && !status; j++)
			if (i != j)
				status = show_pair(c, &c->candidate[i],
						&c->candidate[j], show, out, error);
	return status;
}
