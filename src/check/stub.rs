use super::context::Checker;
use crate::model;
impl Checker<'_> {
    pub fn session_keys(&mut self) {}
    pub fn journeys(&mut self) -> Vec<model::Journey> {
        Vec::new()
    }
    pub fn global_rules(&mut self) -> Vec<model::Rule> {
        Vec::new()
    }
    pub fn kpis(&mut self) -> Vec<model::Kpi> {
        Vec::new()
    }
    pub fn members(
        &mut self,
        _: &crate::syntax::ast::Segment,
        _: &crate::syntax::ast::Name,
        _: &dyn crate::source::Files,
    ) -> Option<model::SegmentKind> {
        None
    }
}
