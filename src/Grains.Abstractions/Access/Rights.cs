namespace Bailiwick.Grains.Abstractions.Access;

/// <summary>What a user holds, as this silo's replica of the facts has it: authorities held directly and through groups, and grants on single objects.</summary>
/// <param name="MustChangePassword">
/// Whether the user has to choose a password of its own first: until then it has its own profile and password, and nothing else.
/// </param>
public sealed record Rights(AuthoritySet Global, bool MustChangePassword = false)
{
    public static readonly Rights None = new(AuthoritySet.Empty);

    /// <summary>Inventory roles and device permissions.</summary>
    public ObjectRights Objects { get; init; } = ObjectRights.None;

    /// <summary>Whether a measurement that grants cover in part shows with that part: the tenant decides.</summary>
    public bool ShowsCoveredFragments { get; init; }

    /// <summary>The user for whom this one acts in managing users, or null.</summary>
    public string? ActsFor { get; init; }
}
