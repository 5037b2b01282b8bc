#include "core/binding.h"

#include "core/str.h"

const char *
binding_hw(const struct facts *f)
{
	const char *label = pairs_get(f->labels, "hw"), *attribute;

	if (label && *label)
		return label;
	attribute = pairs_get(f->attributes, "hw");
	return attribute && *attribute ? attribute : NULL;
}

bool
binding_hw_fits(const struct facts *f, const char *hw)
{
	const char *own;
	size_t length;

	if (!hw || !*hw)
		return true;
	own = binding_hw(f);
	if (!own)
		return f->plan->unknown_hw_allow;
	length = strlen(own);
	for (const char *at = hw; *at; at += strcspn(at, " "), at += *at == ' ')
		if (strcspn(at, " ") == length && !memcmp(at, own, length))
			return true;
	return false;
}

int64_t
binding_counter(const struct facts *f, const char *identity, size_t length)
{
	for (size_t i = 0; f->reported && i < f->known.component_count; i++) {
		const struct component *c = &f->known.components[i];
		const char *reported;

		if (strlen(c->identity) != length || memcmp(c->identity, identity, length) != 0)
			continue;
		reported = pairs_get(f->reported, c->identity);
		for (size_t v = 0; reported && v < f->known.version_count; v++)
			if (f->known.versions[v].component == c->id &&
				!strcmp(f->known.versions[v].name, reported))
				return f->known.versions[v].counter;
	}
	return 0;
}

/* "IDENTITY >= COUNTER"; a line of another form is met by nobody. */
static bool
met(const struct facts *f, const char *line)
{
	size_t length = strcspn(line, " \n");
	int64_t least = 0;
	const char *at;

	if (!str_starts(line + length, " >= "))
		return false;
	at = line + length + strlen(" >= ");
	if (*at < '0' || *at > '9')
		return false;
	for (; *at >= '0' && *at <= '9'; at++) {
		if (least > (INT64_MAX - 9) / 10)
			return false;
		least = least * 10 + (*at - '0');
	}
	return (*at == '\n' || !*at) && binding_counter(f, line, length) >= least;
}

const char *
binding_unmet(const struct facts *f, const char *requirements)
{
	const char *at;

	if (!requirements)
		return "";
	for (at = requirements; *at; at += strcspn(at, "\n"), at += *at == '\n')
		if (!met(f, at))
			return at;
	return at;
}
