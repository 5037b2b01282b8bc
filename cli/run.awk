# The prototypes of all run functions, from the command table: awk -f cli/run.awk cli/commands.c
BEGIN {
	print "/* Made by cli/run.awk from cli/commands.c: what runs each command.  Each does what its row says. */"
	print "#pragma once\n\n#include \"cli/command.h\"\n"
}
{
	while (match($0, /run_[a-z_]+/)) {
		name = substr($0, RSTART, RLENGTH)
		if (!(name in seen))
			print "enum err_code " name "(struct cli *cli, const struct args *args, struct err *err) MUST_USE;"
		seen[name] = 1
		$0 = substr($0, RSTART + RLENGTH)
	}
}
