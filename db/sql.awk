# Makes sql.h (-v part=h) and sql.c (-v part=c) of the statements in db/*.sql: each stands under a
# "-- name: device_by_name" line; other comment lines are left out.  A list of columns that stands in
# several statements stands once, under "-- columns: device id, product, ..." with further lines
# that begin with "--" and a tab; {device} in any statement is that list, {d.device} the same
# with "d." before each column.  A backslash is refused: our SQL needs none, and escaping it right
# in every awk is not worth it.
function refuse(why) {
	print FILENAME ":" FNR ": " why > "/dev/stderr"
	exit failed = 1
}
function expand(line,	word, list, dot) {
	while (match(line, /[{][a-z_.]+[}]/)) {
		word = substr(line, RSTART + 1, RLENGTH - 2)
		dot = index(word, ".")
		list = columns[substr(word, dot + 1)]
		if (!list) refuse("there are no columns " word)
		if (dot) {
			list = substr(word, 1, dot) list
			gsub(/, /, ", " substr(word, 1, dot), list)
		}
		line = substr(line, 1, RSTART - 1) list substr(line, RSTART + RLENGTH)
	}
	return line
}
/\\/ { refuse("no backslash") }
/^-- columns: / {
	block = $3
	if (block in columns) refuse("a second list of columns " block)
	sub(/^-- columns: [^ ]* /, "")
	columns[block] = $0
	next
}
block && /^--\t/ {
	sub(/^--\t+/, "")
	columns[block] = columns[block] " " $0
	next
}
{ block = "" }
/^-- name: / { names[++count] = $3; next }
/^--/ || /^[ \t]*$/ { next }
{
	gsub(/"/, "\\\"")
	sub(/^[ \t]+/, "")
	text[count] = text[count] "\t\t\"" $0 " \"\n"
}
END {
	if (failed) exit 1
	print part == "h" ? "#pragma once\n\nenum sql {" : \
		"#include \"sql.h\"\n\nconst char *const sql_text[SQL_MAX] = {"
	for (i = 1; i <= count; i++)
		if (part == "h") print "\tSQL_" toupper(names[i]) ","
		else printf "\t[SQL_%s] =\n%s\t\t\"\",\n", toupper(names[i]), expand(text[i])
	if (part == "h") {
		print "\tSQL_MAX\n};\n\nextern const char *const sql_text[SQL_MAX];"
		print "extern const char *const sql_name[SQL_MAX];"
		exit
	}
	print "};\n\nconst char *const sql_name[SQL_MAX] = {"
	for (i = 1; i <= count; i++) print "\t\"" names[i] "\","
	print "};"
}
