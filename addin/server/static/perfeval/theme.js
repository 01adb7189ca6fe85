// Light or dark, as the system is set; before anything is drawn.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const set = () => {
    document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light";
  };
  set();
  dark.addEventListener("change", set);
})();
