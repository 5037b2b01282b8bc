#include "plans/simulate/queue.h"

static int32_t *
heads(struct world *w, size_t count)
{
	int32_t *ret = arena_alloc(&w->own, count * sizeof *ret);

	memset(ret, 0xff, count * sizeof *ret);
	return ret;
}

void
queue_make(struct world *w)
{
	size_t zones = w->plan.zone_count ? w->plan.zone_count : 1, minutes = (size_t)w->minutes;

	w->slot_head = heads(w, zones * (size_t)w->slots);
	w->wake_head = heads(w, minutes);
	w->end_head = heads(w, minutes);
	w->back_head = heads(w, minutes);
}

static void
push(struct world *w, int32_t *head, size_t index)
{
	w->runners[index].next = *head;
	*head = (int32_t)index;
}

static void
later(struct world *w, int32_t *head, int64_t minute, size_t index)
{
	if (minute < w->minutes)
		push(w, &head[minute], index);
}

int64_t
queue_wakes_at(const struct runner *r, int64_t from)
{
	int64_t since = from - r->slot;

	if (since <= 0)
		return r->slot;
	return r->slot + (since + r->period - 1) / r->period * r->period;
}

void
queue_wait(struct world *w, size_t index)
{
	struct runner *r = &w->runners[index];

	if (r->waiting || r->gone)
		return;
	r->waiting = true;
	if (r->period)
		later(w, w->wake_head, queue_wakes_at(r, w->minute), index);
	else
		push(w, &w->slot_head[r->zone * w->slots + r->slot], index);
}

void
queue_end(struct world *w, size_t index, int64_t minute)
{
	later(w, w->end_head, minute, index);
}

void
queue_back(struct world *w, size_t index, int64_t minute)
{
	w->runners[index].waiting = true;
	later(w, w->back_head, minute, index);
}

int32_t
queue_take(struct world *w, int32_t *head)
{
	int32_t ret = *head;

	if (ret != NONE)
		*head = w->runners[ret].next;
	return ret;
}
