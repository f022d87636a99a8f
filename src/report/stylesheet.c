/* The page's looks: one column, light or dark as the reader has it, for screens of any width and
 * for paper. */
#include "html.h"
#include "palette.h"

static const char base[] =
	":root{color-scheme:light dark;--page:#fff;--text:" PALETTE_TEXT ";--muted:" PALETTE_MUTED
	";--line:" PALETTE_GRID ";--tile:#f5f7fa;--link:#1161c9;--good:" PALETTE_GOOD
	";--bad:" PALETTE_BAD ";--warning:" PALETTE_WARNING ";--note:#fff6e0}\n"
	"@media screen and (prefers-color-scheme:dark){:root{--page:#10151c;--text:#e7ebf1;"
	"--muted:#a2adbb;--line:#333d4b;--tile:#19202a;--link:#6cb0ff;--good:#4fd08f;"
	"--bad:#ff7f78;--warning:#f0b84a;--note:#2c2411}}\n"
	"*{box-sizing:border-box}\n"
	"html{-webkit-text-size-adjust:100%}\n"
	"body{margin:0 auto;padding:1.5rem 1rem 3rem;max-width:64rem;background:var(--page);"
	"color:var(--text);font:1rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Arial,"
	"sans-serif;overflow-wrap:anywhere}\n"
	"h1{font-size:1.9rem;line-height:1.2;margin:0 0 .3rem}\n"
	"header p,footer{color:var(--muted)}\n"
	"header p{margin:0 0 1.5rem}\n"
	"h2{font-size:1.45rem;line-height:1.25;margin:3rem 0 .5rem;padding-top:1rem;"
	"border-top:3px solid var(--line)}\n"
	"h3,h2.section{font-size:1.15rem;margin:2.2rem 0 .5rem;padding:0;border:0}\n"
	"p{margin:.6rem 0;max-width:46rem}\n"
	"a{color:var(--link)}\n"
	"small{color:var(--muted);font-size:.8rem}\n"
	"nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.4rem 1.2rem;padding:0;margin:0}\n"
	"footer{margin-top:3rem;border-top:1px solid var(--line);font-size:.85rem}\n";

static const char blocks[] =
	".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(7.6rem,1fr));gap:.7rem;"
	"margin:1rem 0}\n"
	".tiles div{background:var(--tile);border:1px solid var(--line);border-radius:.6rem;"
	"padding:.7rem .9rem}\n"
	".tiles dt{font-size:.85rem;color:var(--muted)}\n"
	".tiles dd{margin:0;font-size:.8rem;color:var(--muted);line-height:1.35}\n"
	".tiles .figure{font-size:1.45rem;font-weight:650;line-height:1.3;color:var(--text);"
	"font-variant-numeric:tabular-nums}\n"
	".note{background:var(--note);border-left:4px solid var(--warning);padding:.6rem .9rem;"
	"border-radius:0 .4rem .4rem 0}\n"
	".tiles .good,.good{color:var(--good)}.tiles .bad,.bad{color:var(--bad);font-weight:600}"
	".tiles .warning,.warning{color:var(--warning);font-weight:600}\n"
	".scroll{overflow-x:auto;margin:1rem 0;overflow-wrap:normal}\n"
	"table{border-collapse:collapse;font-size:.875rem;line-height:1.35}\n"
	"caption{text-align:left;font-weight:600;padding-bottom:.35rem;white-space:nowrap}\n"
	"th,td{text-align:left;vertical-align:top;padding:.35rem .75rem;"
	"border-bottom:1px solid var(--line)}\n"
	"th:first-child,td:first-child{padding-left:.2rem}\n"
	"thead th{color:var(--muted);font-weight:600;vertical-align:bottom;"
	"border-bottom:2px solid var(--line)}\n"
	"tbody th{font-weight:500;min-width:7.5rem;max-width:17rem;overflow-wrap:anywhere}\n"
	"td{max-width:28rem}tbody td:last-child:not(.number){min-width:9rem}\n"
	".number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
	"thead .number{white-space:normal;min-width:4.5rem}\n"
	"td small,th small{display:block;font-weight:400}\n"
	"pre{background:var(--tile);border:1px solid var(--line);border-radius:.5rem;"
	"padding:.8rem 1rem;overflow-x:auto;white-space:pre-wrap;font-size:.85rem;"
	"line-height:1.5}\n"
	"figure{margin:1.2rem 0}\n"
	"figcaption{margin-bottom:.3rem}\n"
	"figcaption small{display:block}\n"
	"svg{display:block;width:100%;height:auto}\n"
	".small{display:none}\n"
	".halves{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:0 1.5rem}\n"
	".halves figure:only-child{max-width:34rem;grid-column:span 2}\n";

static const char media[] =
	"@media (max-width:44rem){body{padding:1rem .8rem 2rem}h1{font-size:1.5rem}"
	"h2{font-size:1.25rem;margin-top:2.2rem}.large{display:none}.small{display:block}"
	".halves{display:block}caption{white-space:normal}"
	".tiles{grid-template-columns:repeat(2,minmax(0,1fr))}"
	".tiles .figure{font-size:1.2rem}}\n"
	"@media print{@page{margin:14mm}body{max-width:none;padding:0;font-size:10pt}"
	"nav{display:none}.large{display:block}.small{display:none}"
	".scroll{overflow:visible}table{font-size:8pt}th,td{padding:2pt 5pt}"
	"td small,th small{font-size:7pt}.tiles .figure{font-size:12pt}"
	".tiles div{padding:4pt 6pt}tbody th{min-width:4.5rem}"
	".number,thead .number{white-space:normal;min-width:0}"
	"tbody td:last-child:not(.number){min-width:4rem}"
	"figure,tr,pre,.tiles div{break-inside:avoid}h2,h3,caption{break-after:avoid}"
	".tiles div,pre,.note{border:1px solid #bbb;background:none}"
	".halves{display:grid}.tiles{grid-template-columns:repeat(auto-fit,minmax(7.6rem,1fr))}}\n";

void stylesheet_write(FILE *stream)
{
	(void)fputs(base, stream);
	(void)fputs(blocks, stream);
	(void)fputs(media, stream);
	palette_write(stream);
}
