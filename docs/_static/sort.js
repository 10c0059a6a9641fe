// Sorts a table by the column whose heading is pressed: numbers as numbers, the rest as text.
document.addEventListener("DOMContentLoaded", () => {
  const order = new Intl.Collator("en", { numeric: true });
  for (const table of document.querySelectorAll("article table")) {
    if (table.tBodies[0].rows.length < 5) continue;
    table.classList.add("sortable");
    table.querySelectorAll("thead th").forEach((heading, column) => {
      heading.tabIndex = 0;
      heading.setAttribute("role", "button");
      const sort = () => {
        const falling = heading.getAttribute("aria-sort") === "ascending";
        table.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
        heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
        const key = (row) => row.cells[column].textContent.trim();
        const rows = [...table.tBodies[0].rows];
        rows.sort((a, b) => (falling ? -1 : 1) * order.compare(key(a), key(b)));
        table.tBodies[0].append(...rows);
      };
      heading.addEventListener("click", sort);
      heading.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); sort(); }
      });
    });
  }
});
