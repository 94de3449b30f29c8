//! A gateway from the suite's side.

use crate::shop::{NotFromAna, PaymentsService};
use kata::private::{GatewayModel, NodeId, Time, postcard};

#[test]
fn a_service_dispatches_to_its_model_and_shares_it() {
    let service = PaymentsService::new(NotFromAna::default());
    let mut served = service.clone();
    assert_eq!(served.name(), "payments");
    let args = postcard::to_stdvec(&("bo", 7_u64)).unwrap();
    let result = served.call(Time::EPOCH, NodeId(0), 0, &args).unwrap();
    assert_eq!(postcard::from_bytes::<Result<u64, String>>(&result), Ok(Ok(7)));
    assert_eq!(service.model().paid, [("bo".to_owned(), 7)]);
    assert_eq!(served.describe(0, &args), "charge(\"bo\", 7)");
    assert_eq!(served.describe_result(0, &result), "Ok(7)");
    assert_eq!(served.describe(1, &[]), "ping()");
}

#[test]
fn what_does_not_decode_is_not_answered() {
    let mut service = PaymentsService::new(NotFromAna::default());
    assert_eq!(service.call(Time::EPOCH, NodeId(0), 0, &[]), None);
    assert_eq!(service.call(Time::EPOCH, NodeId(0), 9, &[]), None);
}
