// A table as a file for a spreadsheet, by the rules of the server's own (RFC 4180): CRLF, quotes doubled;
// a cell that a spreadsheet could take for a formula, or that begins with an apostrophe, gets an apostrophe
// before it (OWASP, "CSV Injection").

// What begins a formula, also in the wide forms; and the apostrophe, so that the mark can be taken off again.
const formula = /^[=+\-@\t\r\n'＝＋－＠]/;

// Characters that steer a terminal or the direction of writing: they are not of the text.
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

// cell is one cell. Numbers are written as they are: a minus before digits alone is no formula.
export function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const blank = /^[\t\r\n]/.test(value);
  let s = value.replace(/[\t\r\n]+/g, ' ').replace(unseen, '\uFFFD');
  if (blank || formula.test(s)) s = "'" + s;
  return /[",;]/.test(s) || s.trim() !== s ? '"' + s.replaceAll('"', '""') + '"' : s;
}

// csv is the whole file: a head and rows.
export function csv(head: string[], rows: Iterable<(string | number)[]>): string {
  const out = [head.map(cell).join(',')];
  for (const r of rows) out.push(r.map(cell).join(','));
  return out.join('\r\n') + '\r\n';
}

// save gives a table to the browser's downloads. A mark of byte order tells spreadsheets that it is UTF-8.
export function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob(['\uFEFF', text], { type: 'text/csv;charset=utf-8' }));
  const a = document.createElement('a');
  a.href = url;
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
