#include "stack.h"

#include <string.h>

#include "axis.h"
#include "palette.h"
#include "row_axis.h"

#define HEIGHT_HEAD 100
#define HEIGHT_PER_ROW 30
#define HEIGHT_PER_TITLE 14
/* Half the thickness of a bar, where rows are 1 apart. */
#define BAR_HALF 0.36

static struct unit_text percent_text(double share)
{
	struct unit_text text;

	(void)snprintf(text.text, sizeof(text.text), "%.3g %%", 100 * share);
	return text;
}

static double total_of(const struct stack *stack, const struct stack_row *row)
{
	double total = 0;

	for (uint32_t i = 0; i < stack->part_count; i++)
		total += row->parts[i];
	return total > 0 ? total : 1;
}

/* For each row: where the part begins and ends, and the height of the row. */
static void part_write(const struct stack *stack, uint32_t part, FILE *script)
{
	(void)fprintf(script, "$d%u << EOD\n", part);
	for (uint32_t i = 0; i < stack->row_count; i++) {
		const struct stack_row *row = &stack->rows[i];
		double total = total_of(stack, row), begin = 0;

		for (uint32_t j = 0; j < part; j++)
			begin += row->parts[j];
		(void)fprintf(script, "%.9g %.9g %u\n", begin / total,
			      (begin + row->parts[part]) / total, stack->row_count - i);
	}
	(void)fputs("EOD\n", script);
}

static void parts_write(const struct stack *stack, FILE *script)
{
	for (uint32_t i = 0; i < stack->part_count; i++)
		part_write(stack, i, script);
	(void)fputs("set style fill solid 1 noborder\n"
		    "set key below left horizontal samplen 1\nplot ",
		    script);
	for (uint32_t i = 0; i < stack->part_count; i++)
		(void)fprintf(script,
			      "%s$d%u using (($1+$2)/2):3:1:2:($3-%g):($3+%g) with boxxyerror "
			      "lc rgb '%s' title %s",
			      i > 0 ? ", " : "", i, BAR_HALF, BAR_HALF, palette_curve(i),
			      plot_name(stack->titles[i], 60).text);
	(void)fputc('\n', script);
}

static void describe_row(const struct stack *stack, const struct stack_row *row, FILE *stream)
{
	double total = total_of(stack, row);

	(void)fprintf(stream, "%s: ", row->label);
	for (uint32_t i = 0; i < stack->part_count; i++)
		(void)fprintf(stream, "%s%s %s", i > 0 ? ", " : "", stack->titles[i],
			      percent_text(row->parts[i] / total).text);
}

static void describe(struct plot *plot, const struct stack *stack)
{
	size_t length;
	FILE *stream = open_memstream(&plot->description, &length);

	if (!stream)
		return;
	for (uint32_t i = 0; i < stack->row_count; i++) {
		(void)fputs(i > 0 ? "; " : "", stream);
		describe_row(stack, &stack->rows[i], stream);
	}
	(void)fputs(".", stream);
	(void)fclose(stream);
}

struct plot *stack_plot(const struct stack *stack, const char *title, const char *label,
			const char *caption)
{
	struct axis share = { .letter = 'x', .label = label, .text = percent_text, .tight = true };
	const char *labels[STACK_ROWS_MAX];
	struct plot *plot = plot_open("stack", HEIGHT_HEAD + HEIGHT_PER_ROW * stack->row_count +
						       HEIGHT_PER_TITLE * stack->part_count);

	if (!plot)
		return NULL;
	for (uint32_t i = 0; i < stack->row_count; i++)
		labels[i] = stack->rows[i].label;
	axis_take(&share, 0);
	axis_take(&share, 1);
	axis_write(&share, plot->script);
	row_axis_write(labels, stack->row_count, plot->script);
	parts_write(stack, plot->script);
	plot->title = strdup(title);
	plot->caption = caption ? strdup(caption) : NULL;
	describe(plot, stack);
	return plot_end(plot);
}
