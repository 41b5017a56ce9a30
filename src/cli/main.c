/* The program: finds the command, runs it, and makes sure that what it printed
 * arrived. */
#include "base/cpu.h"
#include "cli/command.h"
#include "kernels/blas.h"

#include <argp.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *help;
	int (*run)(int argc, char **argv);
} commands[] = {
#define X(name, function, help) { name, help, lk_command_##function },
	LK_COMMANDS(X)
#undef X
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_version(FILE *out, struct argp_state *state)
{
	char blas[128];
	lk_isa isa;
	lk_error error;

	(void)state;
	fprintf(out, "likely %s\n", LK_VERSION);
	fprintf(out, "%s\n", lk_blas_text(blas, sizeof blas));
	if (lk_isa_choose(&isa, &error))
		fprintf(out, "%s\n", error.text);
	else
		fprintf(out, "%s\n", lk_isa_text(isa));
}

static void print_help(FILE *out)
{
	fprintf(out, "Usage: likely COMMAND [OPTION...] [ARGUMENT...]\n"
		     "Train a small language model on your own text, let it write, and "
		     "measure it.\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-16s  %s\n", commands[i].name, commands[i].help);
	fprintf(out, "\n"
		     "  --help            this list; likely COMMAND --help says more\n"
		     "  --version         version, BLAS library and instruction set\n\n"
		     "A first run: likely train book.txt && likely sample\n");
}

/* Edits (insert, delete, replace, exchange neighbours) that make b out of a;
 * both short. */
static size_t distance(const char *a, const char *b)
{
	enum { MOST = 31 };
	size_t d[MOST + 1][MOST + 1], m = strlen(a), n = strlen(b);

	if (m > MOST || n > MOST)
		return MOST;
	for (size_t i = 0; i <= m; i++)
		for (size_t j = 0; j <= n; j++) {
			if (!i || !j) {
				d[i][j] = i + j;
				continue;
			}
			size_t best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
					a[i - 2] == b[j - 1] &&
					d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	return d[m][n];
}

static int unknown(const char *name)
{
	size_t nearest = 0, least = SIZE_MAX;

	for (size_t i = 0; i < COMMANDS; i++) {
		size_t edits = distance(name, commands[i].name);

		if (edits < least) {
			least = edits;
			nearest = i;
		}
	}
	const char *what = *name == '-' ? "option" : "command";
	if (*name != '-' && least <= 2)
		lk_say("there is no %s '%s'; did you mean '%s'? likely --help lists the "
		       "commands",
				what, name, commands[nearest].name);
	else
		lk_say("there is no %s '%s'; likely --help lists the commands", what,
				name);
	return LK_EXIT_USAGE;
}

static int run(int argc, char **argv)
{
	char name[64];

	if (argc < 2) {
		print_help(stderr);
		return LK_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-?") ||
			(!strcmp(argv[1], "help") && argc == 2)) {
		print_help(stdout);
		return LK_EXIT_OK;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		print_version(stdout, NULL);
		return LK_EXIT_OK;
	}
	/* "likely help train" is "likely train --help". */
	char option[] = "--help", *help[] = { argv[0], option, NULL };
	const char *wanted = argv[1];
	char **arguments = argv + 1;
	if (!strcmp(wanted, "help")) {
		wanted = argv[2];
		arguments = help;
		argc = 3;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(wanted, commands[i].name)) {
			snprintf(name, sizeof name, "likely %s", wanted);
			arguments[0] = name;
			return commands[i].run(argc - 1, arguments);
		}
	return unknown(wanted);
}

/* At the end of the program, argp's own exits after --help included: whether all
 * that was printed has arrived. */
static void finish(int status, void *unused)
{
	lk_error error;

	(void)unused;
	if (lk_flush_output(&error) && !status) /* a command that failed has said why */
		_Exit(lk_complain(&error));
}

int main(int argc, char **argv)
{
	lk_blas_prepare(argv);
	setlocale(LC_CTYPE, "");
	/* Writing to what nobody reads, or beyond a size limit, becomes an error. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	argp_err_exit_status = LK_EXIT_USAGE;
	argp_program_version_hook = print_version;
	on_exit(finish, NULL);
	return run(argc, argv);
}
