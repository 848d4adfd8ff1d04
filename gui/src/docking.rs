//! Panes that stand beside each other, in tabs and splits that a person arranges.

use egui::{Button, Color32, Id, Response, RichText, Stroke, TextStyle, Ui, Visuals, WidgetText};
use egui_tiles::{
    Behavior, Container, Linear, LinearDir, SimplificationOptions, TabState, TileId, Tiles, Tree, UiResponse,
};
use serde::{Deserialize, Serialize};
use sim_core::desk::commands::Pane;

use crate::theme::Palette;

/// What can stand somewhere: a pane that the dashboard has too, or the curves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Tile {
    /// A pane of both screens.
    Pane(Pane),
    /// Curves over time.
    Plots,
    /// The timeline, which stands below all others where it is no tile.
    Timeline,
}

impl Tile {
    /// All, in the order in which they are listed.
    pub fn all() -> impl Iterator<Item = Self> {
        Pane::ALL
            .into_iter()
            .map(Self::Pane)
            .chain([Self::Plots, Self::Timeline])
    }
    /// Its name.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Pane(pane) => pane.title(),
            Self::Plots => "Plots",
            Self::Timeline => "Timeline",
        }
    }
    /// The letter of its key.
    #[must_use]
    pub const fn key(self) -> char {
        match self {
            Self::Pane(pane) => pane.key(),
            Self::Plots => 'P',
            Self::Timeline => 't',
        }
    }
}

impl From<Tile> for String {
    fn from(tile: Tile) -> Self {
        tile.title().to_owned()
    }
}

impl TryFrom<String> for Tile {
    type Error = String;
    fn try_from(title: String) -> Result<Self, String> {
        let found = Self::all().find(|tile| tile.title() == title);
        found.ok_or_else(|| format!("no pane is called {title:?}"))
    }
}

/// How much of the height is left above the timeline when it becomes a tile.
const ABOVE_TIMELINE: f32 = 0.86;

/// The arrangement of the tiles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Docking {
    tree: Tree<Tile>,
}

impl Default for Docking {
    /// The map with what it is worked with above, what happens below, the facts at the side.
    fn default() -> Self {
        use Pane::{
            Bgp, Branches, Compare, Detail, Dns, Expectations, Faults, Flows, Jobs, Links, Log, Map,
            Migration, Preflight, Routes,
        };
        let mut tiles = Tiles::default();
        let mut tabs = |panes: &[Pane], last: Option<Tile>| {
            let all = panes.iter().map(|pane| Tile::Pane(*pane)).chain(last);
            let all: Vec<TileId> = all.map(|tile| tiles.insert_pane(tile)).collect();
            tiles.insert_tab_tile(all)
        };
        let map = tabs(&[Map, Migration, Preflight, Routes], None);
        let side = tabs(&[Detail, Faults, Branches, Compare], None);
        let log = tabs(&[Log, Flows, Links, Bgp, Dns], None);
        let curves = tabs(&[Expectations, Jobs], Some(Tile::Plots));
        if let Some(egui_tiles::Tile::Container(Container::Tabs(tabs))) = tiles.get_mut(curves) {
            let plots = tabs.children.last().copied();
            tabs.active = plots;
        }
        let mut beside = |left, right, share| {
            let linear = Linear::new_binary(LinearDir::Horizontal, [left, right], share);
            tiles.insert_container(linear)
        };
        let below = beside(log, curves, 0.62);
        let left = {
            let linear = Linear::new_binary(LinearDir::Vertical, [map, below], 0.68);
            tiles.insert_container(linear)
        };
        let linear = Linear::new_binary(LinearDir::Horizontal, [left, side], 0.74);
        let root = tiles.insert_container(linear);
        Self {
            tree: Tree::new(Id::unique("docking"), root, tiles),
        }
    }
}

impl Docking {
    /// Draws the tiles, each by `pane`. Gives those that were drawn, and the one whose tab was clicked.
    pub fn ui(&mut self, ui: &mut Ui, pane: &mut dyn FnMut(&mut Ui, Tile)) -> Drawn {
        let mut arranged = Arranged {
            pane,
            drawn: Drawn::default(),
        };
        self.tree.ui(&mut arranged, ui);
        arranged.drawn
    }
    /// Whether a tile stands somewhere.
    #[must_use]
    pub fn has(&self, tile: Tile) -> bool {
        self.tree.tiles.find_pane(&tile).is_some()
    }
    /// Whether two tiles stand behind each other, so that one hides the other.
    #[must_use]
    pub fn share(&self, one: Tile, other: Tile) -> bool {
        let above = |tile: Tile| {
            let id = self.tree.tiles.find_pane(&tile)?;
            self.tree.tiles.parent_of(id)
        };
        above(one).is_some_and(|one| above(other) == Some(one))
    }
    /// Brings a tile to the front; one that was closed comes back beside the map, the timeline below all others.
    pub fn show(&mut self, wanted: Tile) {
        if !self.has(wanted) {
            let new = self.tree.tiles.insert_pane(wanted);
            match (self.home(), self.tree.root) {
                (Some(_), Some(above)) if wanted == Tile::Timeline => {
                    let new = self.tree.tiles.insert_tab_tile(vec![new]);
                    let both = Linear::new_binary(LinearDir::Vertical, [above, new], ABOVE_TIMELINE);
                    self.tree.root = Some(self.tree.tiles.insert_container(both));
                }
                (Some(home), _) => self.tree.move_tile_to_container(new, home, usize::MAX, false),
                (None, _) => {
                    let root = self.tree.tiles.insert_tab_tile(vec![new]);
                    self.tree = Tree::new(Id::unique("docking"), root, core::mem::take(&mut self.tree.tiles));
                }
            }
        }
        self.tree
            .make_active(|_, tile| matches!(tile, egui_tiles::Tile::Pane(tile) if *tile == wanted));
    }
    /// The tabs in which the map stands, or any where it is closed.
    fn home(&self) -> Option<TileId> {
        let map = self.tree.tiles.find_pane(&Tile::Pane(Pane::Map));
        let beside = map.and_then(|map| self.tree.tiles.parent_of(map));
        let tabs = |id: &TileId| {
            matches!(
                self.tree.tiles.get(*id),
                Some(egui_tiles::Tile::Container(Container::Tabs(_)))
            )
        };
        let mut all: Vec<TileId> = self.tree.tiles.tile_ids().filter(tabs).collect();
        all.sort_by_key(|id| id.0);
        beside.filter(tabs).or_else(|| all.first().copied())
    }
}

/// What came of drawing the tiles.
#[derive(Debug, Default)]
pub struct Drawn {
    /// Those that were seen.
    pub seen: Vec<Tile>,
    /// The one that was touched.
    pub touched: Option<Tile>,
}

impl Drawn {
    /// One tile alone.
    #[must_use]
    pub fn of(tile: Tile) -> Self {
        Self {
            seen: vec![tile],
            touched: None,
        }
    }
}

struct Arranged<'a> {
    pane: &'a mut dyn FnMut(&mut Ui, Tile),
    drawn: Drawn,
}

impl Behavior<Tile> for Arranged<'_> {
    fn pane_ui(&mut self, ui: &mut Ui, _: TileId, tile: &mut Tile) -> UiResponse {
        self.drawn.seen.push(*tile);
        let place = ui.max_rect();
        let is_pressed = ui.input(|input| input.pointer.any_pressed());
        if is_pressed && ui.rect_contains_pointer(place) {
            self.drawn.touched = Some(*tile);
        }
        (self.pane)(ui, *tile);
        UiResponse::None
    }
    fn tab_title_for_pane(&mut self, tile: &Tile) -> WidgetText {
        RichText::new(tile.title()).into()
    }
    fn is_tab_closable(&self, tiles: &Tiles<Tile>, id: TileId) -> bool {
        tiles.get_pane(&id).is_some()
    }
    fn on_tab_button(&mut self, tiles: &mut Tiles<Tile>, id: TileId, button: Response) -> Response {
        let Some(tile) = tiles.get_pane(&id).copied() else {
            return button;
        };
        if button.clicked() {
            self.drawn.touched = Some(tile);
        }
        button.on_hover_text(format!(
            "{} ({}); drag it to where it should stand",
            tile.title(),
            tile.key()
        ))
    }
    fn tab_bar_height(&self, _: &egui::Style) -> f32 {
        26.0
    }
    fn gap_width(&self, _: &egui::Style) -> f32 {
        3.0
    }
    fn tab_bar_color(&self, visuals: &Visuals) -> Color32 {
        visuals.extreme_bg_color
    }
    fn tab_bg_color(&self, visuals: &Visuals, _: &Tiles<Tile>, _: TileId, state: &TabState) -> Color32 {
        if state.active {
            visuals.panel_fill
        } else {
            Color32::TRANSPARENT
        }
    }
    fn tab_outline_stroke(&self, _: &Visuals, _: &Tiles<Tile>, _: TileId, _: &TabState) -> Stroke {
        Stroke::NONE
    }
    fn tab_bar_hline_stroke(&self, _: &Visuals) -> Stroke {
        Stroke::NONE
    }
    fn tab_text_color(&self, visuals: &Visuals, _: &Tiles<Tile>, _: TileId, state: &TabState) -> Color32 {
        let palette = Palette::of(visuals);
        if state.active { palette.text } else { palette.weak }
    }
    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions {
            all_panes_must_have_tabs: true,
            ..SimplificationOptions::default()
        }
    }
}

/// The list of all panes: those that are closed come back by it.
pub(crate) fn menu(ui: &mut Ui, docking: &Docking) -> Option<Tile> {
    let mut chosen = None;
    for tile in Tile::all() {
        let words = RichText::new(tile.title());
        let words = if docking.has(tile) { words } else { words.weak() };
        let key = tile.key().to_string();
        let button = Button::new(words).shortcut_text(RichText::new(key).text_style(TextStyle::Small));
        if ui.add(button).clicked() {
            chosen = Some(tile);
            ui.close();
        }
    }
    chosen
}

/// Keeps a widget's id apart from those of the same kind in other tiles.
pub(crate) fn id(tile: Tile, what: &str) -> Id {
    Id::unique(("tile", tile.title(), what))
}
