// A window on a long table: only the rows in sight are in the document, the others are fetched in blocks when they come near.

const blockSize = 250;
// Blocks that are kept: 40 are 10,000 rows, some 10 MB.
const keptBlocks = 40;
const spare = 12;

export class RowWindow {
  // `first` is the place of the row to begin with.
  constructor(frame, { address, sort, dir, count, first, onMove, onError }) {
    Object.assign(this, { frame, address, sort, dir, count, onMove, onError });
    this.table = frame.querySelector('table.report');
    this.head = this.table.tHead;
    this.foot = this.table.tFoot;
    this.page = this.table.tBodies[0];
    this.groupCount = this.page.rows[0]?.querySelectorAll('th').length ?? 1;
    this.outermost = this.head.querySelector('.g a')?.dataset.sort;
    this.columnCount = this.page.rows[0]?.cells.length ?? 22;
    this.rows = [];
    this.blocks = new Map();
    this.wanted = new Map();
    this.abort = new AbortController();
    this.start(Math.max(0, Math.min(first || 0, count - 1)));
  }

  // The page as it came stays until the first rows are there, and comes back for printing.
  async start(first) {
    await this.load(Math.floor(first / blockSize));
    if (this.abort.signal.aborted) return;
    const { signal } = this.abort;
    this.body = document.createElement('tbody');
    this.before = gap(this.columnCount);
    this.after = gap(this.columnCount);
    this.body.append(this.before, this.after);
    this.rowHeight = this.page.rows[0]?.getBoundingClientRect().height || 25;
    this.page.replaceWith(this.body);
    this.frame.classList.add('windowed');
    this.shown = { from: 0, to: 0 };
    this.frame.addEventListener('scroll', () => this.plan(), { passive: true, signal });
    new ResizeObserver(() => this.plan()).observe(this.frame);
    addEventListener('beforeprint', () => this.body.replaceWith(this.page), { signal });
    addEventListener('afterprint', () => this.page.replaceWith(this.body), { signal });
    this.draw();
    // A row of cells that are filled tells exactly how high rows are.
    const height = this.body.rows[1]?.getBoundingClientRect().height;
    if (height && Math.abs(height - this.rowHeight) > 0.01) {
      this.rowHeight = height;
    }
    if (first) this.frame.scrollTop = first * this.rowHeight;
    this.draw();
  }

  close() { this.abort.abort(); }

  plan() {
    this.frameRequest ??= requestAnimationFrame(() => {
      this.frameRequest = null;
      if (!this.abort.signal.aborted) this.draw();
    });
  }

  draw() {
    const room = this.frame.clientHeight - this.head.offsetHeight - this.foot.offsetHeight;
    const top = Math.floor(this.frame.scrollTop / this.rowHeight);
    const visible = Math.max(1, Math.ceil(room / this.rowHeight));
    const from = Math.max(0, Math.min(top, this.count - visible) - spare);
    const to = Math.min(this.count, top + visible + spare);
    this.show(from, to);
    this.onMove(Math.min(top + 1, this.count), Math.min(top + visible, this.count));
    // What comes next in either direction is on its way before it is in sight.
    for (let block = Math.floor((from - blockSize / 2) / blockSize); block <= Math.floor((to + blockSize / 2) / blockSize); block++) {
      if (block >= 0 && block * blockSize < this.count) this.load(block);
    }
  }

  // Rows that leave on one side are used again on the other.
  show(from, to) {
    const free = [];
    const kept = [];
    for (const row of this.rows) {
      if (row.place < from || row.place >= to) free.push(row);
      else kept.push(row);
    }
    const first = kept[0]?.place ?? to;
    const end = kept.length ? kept[kept.length - 1].place + 1 : to;
    const newRow = (place) => {
      const row = free.pop() ?? emptyRow(this.groupCount, this.columnCount);
      this.fill(row, place);
      return row;
    };
    const above = [];
    for (let place = from; place < first; place++) above.push(newRow(place));
    const below = [];
    for (let place = end; place < to; place++) below.push(newRow(place));
    for (const row of kept) if (!row.isFilled) this.fill(row, row.place);
    for (const row of free) row.remove();
    this.before.after(...above);
    this.after.before(...below);
    this.rows = [...above, ...kept, ...below];
    this.before.firstChild.style.height = `${from * this.rowHeight}px`;
    this.after.firstChild.style.height = `${(this.count - to) * this.rowHeight}px`;
    this.shown = { from, to };
  }

  fill(row, place) {
    row.place = place;
    row.setAttribute('aria-rowindex', place + 3);
    const block = this.blocks.get(Math.floor(place / blockSize));
    row.isFilled = Boolean(block);
    const index = place % blockSize;
    row.classList.toggle('s', this.startsGroup(place));
    for (let column = 0; column < this.columnCount; column++) {
      const cell = row.cells[column];
      if (column < this.groupCount) {
        const text = block ? block.groups[column][index] : '…';
        cell.textContent = text;
        cell.title = text.length > 24 ? text : '';
        continue;
      }
      const text = block ? block.figures[column - this.groupCount][index] : '';
      if (text === null) {
        cell.className = 'e';
        cell.replaceChildren(...noValue());
      } else {
        cell.textContent = text;
        cell.className = text.startsWith('\u2212') ? 'n' : '';
      }
    }
  }

  // Whether the outermost group column has another value than in the row above, while rows are in its order.
  startsGroup(place) {
    if (this.groupCount < 2 || (this.sort && this.sort !== this.outermost)) return false;
    const value = (row) => this.blocks.get(Math.floor(row / blockSize))?.groups[0][row % blockSize];
    const [above, mine] = [value(place - 1), value(place)];
    return above !== undefined && mine !== undefined && above !== mine;
  }

  load(block) {
    const known = this.blocks.get(block);
    if (known) {
      // The one used last is the one forgotten last.
      this.blocks.delete(block);
      this.blocks.set(block, known);
      return Promise.resolve();
    }
    if (!this.wanted.has(block)) {
      this.wanted.set(block, this.fetch(block).finally(() => this.wanted.delete(block)));
    }
    return this.wanted.get(block);
  }

  async fetch(block) {
    const query = new URLSearchParams({ offset: block * blockSize, limit: blockSize });
    if (this.sort) query.set('sort', this.sort);
    if (this.sort && this.dir) query.set('dir', this.dir);
    try {
      const response = await fetch(`${this.address}?${query}`, { signal: this.abort.signal });
      if (!response.ok) throw new Error(response.status);
      this.blocks.set(block, await response.json());
      for (const oldest of this.blocks.keys()) {
        if (this.blocks.size <= keptBlocks) break;
        this.blocks.delete(oldest);
      }
      if (this.body && this.shown.from < (block + 1) * blockSize && this.shown.to > block * blockSize) this.plan();
    } catch (error) {
      if (!this.abort.signal.aborted) this.onError(error);
    }
  }
}

function gap(columnCount) {
  const row = document.createElement('tr');
  row.className = 'gap';
  row.setAttribute('aria-hidden', 'true');
  const cell = document.createElement('td');
  cell.colSpan = columnCount;
  row.append(cell);
  return row;
}

function emptyRow(groupCount, columnCount) {
  const row = document.createElement('tr');
  for (let column = 0; column < columnCount; column++) {
    const cell = document.createElement(column < groupCount ? 'th' : 'td');
    if (column < groupCount) cell.scope = 'row';
    row.append(cell);
  }
  return row;
}

function noValue() {
  const dash = document.createElement('span');
  dash.setAttribute('aria-hidden', 'true');
  dash.textContent = '\u2013';
  const words = document.createElement('span');
  words.className = 'visually-hidden';
  words.textContent = 'no value';
  return [dash, words];
}
