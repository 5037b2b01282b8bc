#include "core/ban.h"

#include "core/choose.h"
#include "core/terms.h"

static const char source_changed[] = "source_changed";

/* Those of the gates that are looked at again after the acceptance. */
static const enum verdict again[] = { GATE_FROZEN, GATE_DEVICE_HELD, GATE_BLACKLISTED,
	GATE_PACKAGE_REVOKED, GATE_NOT_SIGNED };

bool
ban_concerns(enum execution_state state)
{
	return state >= EXEC_ACCEPTED && state <= EXEC_DOWNLOADED;
}

/* What speaks against the device, whatever it downloads. */
static enum verdict
of_device(const struct facts *f)
{
	if (f->frozen || f->product->frozen || f->old_copy)
		return GATE_FROZEN;
	if (f->device->held)
		return GATE_DEVICE_HELD;
	return terms_listed(f, LIST_BLACK) ? GATE_BLACKLISTED : VERDICT_ELIGIBLE;
}

/* What is only offered has to fit the device in every way, as when it was chosen. */
static const char *
of_part(const struct facts *f, const struct pairs *components, const struct ban_part *part)
{
	const struct package *p = part->package;
	enum verdict fault = !p				   ? GATE_PACKAGE_REVOKED
			     : part->state == EXEC_OFFERED ? package_fault_for(f, p)
							   : package_fault(f, p);
	const char *reported = pairs_get(components, part->identity);

	if (fault != VERDICT_ELIGIBLE)
		return verdict_words[fault];
	if (p->kind != KIND_FULL && (!reported || strcmp(reported, p->source) != 0))
		return source_changed;
	return NULL;
}

const char *
ban_reason(const struct facts *facts, const struct pairs *components, const struct ban_part *parts,
	size_t count)
{
	const char *ret = NULL;
	enum verdict device = VERDICT_ELIGIBLE;
	bool concerned = false;

	for (size_t i = 0; i < count; i++) {
		if (!ban_concerns(parts[i].state))
			continue;
		if (!concerned)
			device = of_device(facts);
		concerned = true;
		if (device != VERDICT_ELIGIBLE)
			return verdict_words[device];
		if (!ret)
			ret = of_part(facts, components, &parts[i]);
	}
	return ret;
}

const char *
ban_offer_reason(const struct facts *facts, const struct pairs *components,
	const struct ban_part *parts, size_t count)
{
	const char *ret = NULL;

	for (size_t i = 0; i < count && !ret; i++)
		if (parts[i].state == EXEC_OFFERED)
			ret = of_part(facts, components, &parts[i]);
	return ret;
}

bool
ban_is_gate(const char *reason)
{
	for (size_t i = 0; i < COUNT(again); i++)
		if (!strcmp(reason, verdict_words[again[i]]))
			return true;
	return false;
}
