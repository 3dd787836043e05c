// Sets the color scheme before the first paint. It is a file because the content security policy allows no inline scripts.
;(() => {
  let colorScheme = 'auto'
  try {
    colorScheme = localStorage.getItem('smartstart:theme') ?? 'auto'
  } catch {
    // Storage may be blocked: use the system's color scheme.
  }
  const isDark = colorScheme === 'dark' || (colorScheme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.setAttribute('data-mantine-color-scheme', isDark ? 'dark' : 'light')
})()
