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
}
