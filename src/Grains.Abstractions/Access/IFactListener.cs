using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Access;

/// <summary>
/// Something on this silo that lives by what a user or tenant may do: sessions, streams, the cache of checked credentials.
/// A change of rights is answered only after every listener has returned, so what must close is closed then.
/// </summary>
public interface IFactListener
{
    /// <summary>
    /// The user's standing changed. <paramref name="lostRights"/> is true when something was taken away: the user was disabled or
    /// deleted, a credential changed, a role or group went, or a group that the user is in lost an authority that nothing else gives it.
    /// </summary>
    void UserChanged(UserId user, bool lostRights);

    /// <summary>
    /// The tenant's standing changed; <paramref name="lostRights"/> is true when that is so for all of its users: it is served no more. Whom
    /// a change of its groups takes something from is told as a change of that user.
    /// </summary>
    void TenantChanged(TenantId tenant, bool lostRights);

    /// <summary>The silo's lease lapsed: nothing that rests on facts may go on.</summary>
    void LeaseLapsed();
}
