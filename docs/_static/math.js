// Typesets what Sphinx left as TeX. An error of KaTeX shows where it is, and marks the page.
document.addEventListener("DOMContentLoaded", () => {
  for (const element of document.querySelectorAll(".tex")) {
    const options = { displayMode: element.classList.contains("display"), throwOnError: false };
    katex.render(element.textContent, element, options);
  }
});
