#include "core/doc.h"

const struct doc_value *
doc_member(const struct doc *doc, const struct doc_value *object, const char *key)
{
	for (size_t i = 0; i < doc->count; i++)
		if (doc->list[i].parent == object->id && doc->list[i].key &&
			!strcmp(doc->list[i].key, key))
			return &doc->list[i];
	return NULL;
}

int
doc_depth(const char *text, size_t length)
{
	int depth = 0, deepest = 0;
	bool string = false;

	for (size_t i = 0; i < length; i++) {
		if (string) {
			if (text[i] == '\\')
				i++;
			else if (text[i] == '"')
				string = false;
		} else if (text[i] == '"') {
			string = true;
		} else if (text[i] == '{' || text[i] == '[') {
			if (++depth > deepest)
				deepest = depth;
		} else if (text[i] == '}' || text[i] == ']') {
			depth--;
		}
	}
	return deepest;
}
