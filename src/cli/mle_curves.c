/* The curves of `likely mle`: how fast the likelihood falls beside its maximum. */
#include "cli/command.h"
#include "cli/mle.h"
#include "base/compose.h"
#include "formats/json.h"
#include "report/chart.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* exp(-4.5) of the likelihood is left: three standard errors, where the curve is a
 * parabola. */
static const double fall = 4.5;

enum { COLUMNS = 61, POINTS = 201, ROWS = 10, CURVES_MOST = 2 };

/* One picture: what parameter j does to the likelihood and to the posterior. */
typedef struct {
	lk_chart chart;
	double x[POINTS], y[LK_CHART_SERIES][POINTS];
	bool prior[LK_CHART_SERIES];
	char title[160];
	char *name;
} picture;

static lk_status plot(picture *p, const lk_family *family, const lk_mle_fit *fits,
		size_t j, size_t points, lk_error *error)
{
	lk_chart *chart = &p->chart;
	lk_status status = LK_OK;

	*chart = (lk_chart){ .title = p->title,
		.count = points,
		.low = INFINITY,
		.high = -INFINITY,
		.bottom = -fall };
	for (size_t f = 0; f < 1 + (size_t)family->has_prior; f++) {
		double low, high;

		if (!fits[f].mode.exists)
			continue;
		lk_family_span(&low, &high, family, f, &fits[f].mode, j, fall);
		chart->low = fmin(chart->low, low);
		chart->high = fmax(chart->high, high);
		chart->at[chart->series] = fits[f].mode.theta[j];
		chart->name[chart->series] =
				f ? "log posterior density" : "log-likelihood";
		p->prior[chart->series++] = f;
	}
	for (size_t i = 0; i < points; i++)
		p->x[i] = chart->low +
			  (chart->high - chart->low) * (double)i / (double)(points - 1);
	for (size_t s = 0; s < chart->series && !status; s++) {
		chart->y[s] = p->y[s];
		status = lk_family_curve(p->y[s], family, p->prior[s],
				&fits[p->prior[s]].mode, j, p->x, points, error);
	}
	return status;
}

static lk_status print_json(const picture *p, lk_error *error)
{
	lk_status status = LK_OK;

	for (size_t s = 0; s < p->chart.series && !status; s++)
		status = lk_print_json(
				json_pack("{s:s, s:s, s:s, s:f, s:o, s:o}", "event",
						"curve", "parameter", p->name, "curve",
						p->chart.name[s], "maximum_at",
						p->chart.at[s], "x",
						lk_mle_reals(p->x, p->chart.count),
						"below_maximum",
						lk_mle_reals(p->y[s], p->chart.count)),
				error);
	return status;
}

/* What moves with the parameter. */
static void entitle(picture *p, const lk_family *family)
{
	const char *how = family->parameters == 2 && family->shown == 2
					  ? "the other stays at its estimate"
					  : "the others keep their proportions";

	snprintf(p->title, sizeof p->title,
			"nats below the maximum, as '%.60s' moves%s%s%s", p->name,
			family->shown > 1 ? " (" : "", family->shown > 1 ? how : "",
			family->shown > 1 ? ")" : "");
}

typedef struct {
	lk_chart chart[CURVES_MOST];
	size_t count;
} drawing;

static lk_status draw_svg(FILE *out, const void *context, lk_error *error)
{
	const drawing *d = context;

	(void)error;
	lk_chart_svg(d->chart, d->count, out);
	return LK_OK;
}

static lk_status write_svg(const char *path, const picture *pictures, size_t count,
		lk_error *error)
{
	drawing d = { .count = count };

	for (size_t i = 0; i < count; i++)
		d.chart[i] = pictures[i].chart;
	return lk_file_compose(path, draw_svg, &d, error);
}

lk_status lk_mle_curves(const lk_mle *mle, const lk_family *family,
		const lk_mle_fit *fits, lk_error *error)
{
	const lk_mode *mode = fits[0].mode.exists ? &fits[0].mode : &fits[1].mode;
	picture *pictures = calloc(CURVES_MOST, sizeof *pictures);
	size_t j[CURVES_MOST], count;
	lk_status status = LK_OK;

	if (!pictures)
		return lk_fail(error, LK_NOMEM, "out of memory for the curves");
	lk_mle_notable(j, &count, family, mode);
	for (size_t i = 0; i < count && !status; i++) {
		picture *p = &pictures[i];

		p->name = lk_mle_name(family->name[j[i]]);
		if (!p->name) {
			status = lk_fail(error, LK_NOMEM, "out of memory for a name");
			break;
		}
		entitle(p, family);
		if (!mle->common->json) {
			status = plot(p, family, fits, j[i], COLUMNS, error);
			putchar('\n');
			if (!status)
				lk_chart_print(&p->chart, ROWS, stdout, "  ");
		}
		if (!status)
			status = plot(p, family, fits, j[i], POINTS, error);
		if (!status && mle->common->json)
			status = print_json(p, error);
	}
	if (!status && mle->options->svg)
		status = write_svg(mle->options->svg, pictures, count, error);
	for (size_t i = 0; i < CURVES_MOST; i++)
		free(pictures[i].name);
	free(pictures);
	return status;
}
