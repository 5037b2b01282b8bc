# Makes sql.h (-v part=h) and sql.c (-v part=c) of the statements in db/*.sql: each stands under a
# "-- name: device_by_name" line; other comment lines are left out.  A backslash is refused:
# our SQL needs none, and escaping it right in every awk is not worth it.
BEGIN {
	if (part == "h")
		print "#pragma once\n\nenum sql {"
	else
		print "#include \"sql.h\"\n\nconst char *const sql_text[SQL_MAX] = {"
}
/\\/ { print FILENAME ":" FNR ": no backslash" > "/dev/stderr"; exit failed = 1 }
/^-- name: / {
	if (name && part == "c") print "\t\t\"\","
	name = $3
	names[++count] = name
	if (part == "h") print "\tSQL_" toupper(name) ","
	else print "\t[SQL_" toupper(name) "] ="
	next
}
/^--/ || /^[ \t]*$/ { next }
part == "c" {
	gsub(/"/, "\\\"")
	sub(/^[ \t]+/, "")
	print "\t\t\"" $0 " \""
}
END {
	if (failed) exit 1
	if (part == "h") {
		print "\tSQL_MAX\n};\n\nextern const char *const sql_text[SQL_MAX];"
		print "extern const char *const sql_name[SQL_MAX];"
		exit
	}
	print "\t\t\"\",\n};\n\nconst char *const sql_name[SQL_MAX] = {"
	for (i = 1; i <= count; i++) print "\t\"" names[i] "\","
	print "};"
}
