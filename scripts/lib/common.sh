# Shared by the shell scripts; sourced, not run. The caller stands in the project's root.

say()
{
	printf '%s\n' "$*" >&2
}

die()
{
	say "${0##*/}: $*"
	exit 1
}

# build_in DIR [MESON OPTION]...: configure DIR unless it is configured, then compile.
# The options apply to a new directory only: one that exists keeps its own.
build_in()
{
	local dir=$1
	shift
	if [ ! -e "$dir/build.ninja" ]; then
		meson setup "$dir" "$@" >&2
	fi
	meson compile -C "$dir" >&2
}
