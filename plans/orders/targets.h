/*
 * Who a plan is for, counted once: the lists copied, the devices they name, and what each stage
 * adds.
 */
#pragma once

#include "core/decide.h"
#include "db/plan.h"
#include "db/product.h"
#include "plans/orders/activate.h"

struct kinds;

struct activating {
	struct session *session;
	struct plan plan;
	struct product product;
	struct stage_list stages;
	struct activation *out;
	int64_t added[LIMIT_STAGES];   /* devices whose home is this stage, without those */
	int64_t already[LIMIT_STAGES]; /* that are there already; in the last also of no stage */
	int64_t in_buckets[STAGE_BUCKETS]; /* of the added ones that are not in a group stage */
	struct version *newer;		   /* above the targets, of the plan's components */
	size_t newer_count;
	struct kinds *kinds; /* of the pending targets (kinds.h); NULL: nobody asks */
	bool has_count;	     /* a stage is a count */
	int64_t *selected;   /* devices that each rule's selector named, in the arena */
};

/* A remark for who activates; those beyond ACTIVATION_WARNINGS are left out. */
void targets_warn(struct activating *a, const char *text);

/*
 * Copy groups and other plans' devices into the lists, so that later changes do not matter any
 * more.  The first `known` entries of the whitelist were copied before.
 */
enum err_code targets_lists(struct activating *a, size_t known, struct err *err) MUST_USE;

/* Look up the groups that stages name; ERR_NOT_FOUND. */
enum err_code targets_groups(struct activating *a, struct err *err) MUST_USE;

/*
 * Count who is on the lists, once, and which stage adds whom: plan.targets, added, already,
 * in_buckets, selected.  The plan's stages (plan.stages) are those that are counted for: in a plan
 * that runs, its own; at an activation or expansion those that are to begin.
 */
enum err_code targets_count(struct activating *a, struct err *err) MUST_USE;

/*
 * True when a selector of the lists names nobody: a broken script must not protect or select
 * nobody.
 */
bool targets_unselected(const struct activating *a);

/* Size the stages from what was counted, store them and who is there, and open the first. */
enum err_code targets_stages(struct activating *a, struct err *err) MUST_USE;

/* What the present stages of a plan add and lend by what was counted: plan.stage_count of them. */
void targets_sizes(const struct activating *a, struct stage *ret);

/* What of a device its plan's lists and stages ask for, beside its id. */
struct targets_asked {
	bool labels, groups;
};

/* Look through the rules and stages of a loaded plan. */
void targets_asks(const struct plan *plan, struct targets_asked *ret);

/*
 * Of ret, whose plan is set: the device, in `device`, and what lists ask of it; the pairs and
 * groups are in `scratch`.  What is not asked for is left empty.
 */
enum err_code targets_facts(struct session *session, struct arena *scratch,
	const struct target_row *row, const struct targets_asked *asked, struct device *device,
	struct facts *ret, struct err *err) MUST_USE;
