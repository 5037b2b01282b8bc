/*
 * One thing as people read it: a line for each member, blocks and tables for what is nested in it.
 */
#pragma once

#include <cjson/cJSON.h>

/*
 * A value in one line, malloc'd: "-" for null and what is empty, yes and no, lists and objects one
 * after the other.  What is not printable is escaped, so that no text from outside looks like
 * another line.
 */
char *block_text(const cJSON *value);

/*
 * Print an object to stdout, `indent` blanks from the left.  Objects in it that are too long for a
 * line become indented blocks under their name, lists of objects tables without the columns that
 * nobody fills, or a block each where that would be too wide or they hold more lists; texts of
 * several lines stand below their name.
 */
void block_print(const cJSON *object, int indent);
