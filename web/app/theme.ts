import { createTheme, type CSSVariablesResolver, localStorageColorSchemeManager, type MantineColorsTuple } from '@mantine/core'

const pine: MantineColorsTuple = [
  '#eef5f1',
  '#dbeae2',
  '#b5d5c5',
  '#8cbfa6',
  '#67a98a',
  '#4a9473',
  '#347a5e',
  '#235c47',
  '#1b4a39',
  '#133629',
]
const warmGray: MantineColorsTuple = [
  '#faf9f6',
  '#f4f2ec',
  '#eae7df',
  '#dcd8cd',
  '#c6c1b4',
  '#a39e92',
  '#6b675f',
  '#55514a',
  '#393631',
  '#23211d',
]
const warmDark: MantineColorsTuple = [
  '#dad7cf',
  '#bab6ad',
  '#9a968d',
  '#716d66',
  '#4b4842',
  '#3b3833',
  '#302e2a',
  '#242320',
  '#171614',
  '#100f0e',
]

const brick: MantineColorsTuple = [
  '#fcecea',
  '#f6d5d1',
  '#edaaa3',
  '#e27d73',
  '#d95a4e',
  '#cc4437',
  '#b8372c',
  '#a12d24',
  '#86251e',
  '#6d1e18',
]
const clay: MantineColorsTuple = [
  '#fbf0e4',
  '#f6dfc8',
  '#edc093',
  '#e2a162',
  '#d5863d',
  '#bf7029',
  '#a8601f',
  '#8f4a17',
  '#753c13',
  '#5d300f',
]

const sansSerif = '-apple-system, "Segoe UI Variable Text", "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif'
const serif = '"Iowan Old Style", Charter, "Palatino Linotype", Palatino, "Source Serif 4", "Noto Serif", Georgia, "Times New Roman", serif'

/** The Mantine theme: green on warm white, a serif for content and headings, a sans serif for controls. */
export const theme = createTheme({
  primaryColor: 'pine',
  primaryShade: { light: 7, dark: 6 },
  colors: { pine, gray: warmGray, dark: warmDark, red: brick, yellow: clay },
  black: '#23211d',
  fontFamily: sansSerif,
  headings: { fontFamily: serif, fontWeight: '600' },
  defaultRadius: 'md',
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    // What people write is shown in the direction of its first letter.
    TextInput: { defaultProps: { dir: 'auto' } },
    Textarea: { defaultProps: { dir: 'auto' } },
    Autocomplete: { defaultProps: { dir: 'auto' } },
    Modal: {
      defaultProps: {
        closeButtonProps: { 'aria-label': 'Close' },
        radius: 'lg',
        padding: 'lg',
        styles: { title: { fontFamily: serif, fontSize: '1.35rem', fontWeight: 600, letterSpacing: '-0.01em' } },
        overlayProps: { backgroundOpacity: 0.35, blur: 2 },
        // Mantine's own slides the dialog down: a press of a button that moves away under the pointer is no click
        transitionProps: { transition: 'fade', duration: 200 },
      },
    },
    // A drawer opens beside the text, which stays readable and editable.
    Drawer: {
      defaultProps: {
        closeButtonProps: { 'aria-label': 'Close' },
        position: 'right',
        padding: 'lg',
        withOverlay: false,
        lockScroll: false,
        trapFocus: false,
        shadow: 'xl',
        styles: { title: { fontFamily: serif, fontSize: '1.35rem', fontWeight: 600, letterSpacing: '-0.01em' } },
      },
    },
    Badge: { defaultProps: { tt: 'none', fw: 600, size: 'lg', radius: 'md' } },
    SegmentedControl: { defaultProps: { withItemsBorders: false } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: false, events: { hover: true, focus: true, touch: false } } },
    Menu: { defaultProps: { shadow: 'md' } },
  },
})

/** CSS variables that Mantine does not have: page background, surfaces, borders, and the colors of document kinds. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: { '--font-serif': serif },
  light: {
    '--page-background': '#f6f4ee',
    '--surface': '#ffffff',
    '--border-color': '#e6e2d8',
    '--muted-color': '#6b675f',
    '--kind-legal': '#9a4f1c',
    '--kind-legal-background': '#fbeee2',
    '--kind-plan': '#235c47',
    '--kind-plan-background': '#e4f0ea',
    '--kind-space': '#574a9c',
    '--kind-space-background': '#edeaf8',
    '--mantine-color-placeholder': '#77736a',
    '--mantine-color-error': '#a12d24',
  },
  dark: {
    '--page-background': '#161513',
    '--surface': '#242320',
    '--border-color': '#383530',
    '--muted-color': '#aeaaa0',
    '--kind-legal': '#e8a873',
    '--kind-legal-background': '#38291d',
    '--kind-plan': '#86c5a8',
    '--kind-plan-background': '#1f322a',
    '--kind-space': '#b6abea',
    '--kind-space-background': '#2a2740',
    // Mantine's own light variants are almost black on a dark page.
    '--mantine-color-pine-light': '#22392f',
    '--mantine-color-pine-light-hover': '#294437',
    '--mantine-color-pine-light-color': '#93d0b3',
    '--mantine-color-red-light': '#42211f',
    '--mantine-color-red-light-hover': '#4d2725',
    '--mantine-color-red-light-color': '#ff9e95',
    '--mantine-color-yellow-light': '#3d2f17',
    '--mantine-color-yellow-light-hover': '#48381c',
    '--mantine-color-yellow-light-color': '#f0c670',
    '--mantine-color-gray-light': '#35332e',
    '--mantine-color-gray-light-hover': '#403d37',
    '--mantine-color-gray-light-color': '#d0ccc2',
    '--mantine-color-dimmed': '#aeaaa0',
    '--mantine-color-error': '#ff9e95',
    '--mantine-color-placeholder': '#8e8a81',
  },
})

/** Stores the chosen color scheme; `public/theme.js` reads the same key. */
export const colorSchemes = localStorageColorSchemeManager({ key: 'smartstart:theme' })
