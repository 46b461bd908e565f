namespace Bailiwick.Grains.Abstractions.Access;

/// <summary>
/// What a user holds, as this silo's replica of the facts has it: authorities held directly and through groups.
/// Inventory roles and device permissions take their place here when they come: per group and per object.
/// </summary>
public sealed record Rights(AuthoritySet Global)
{
    public static readonly Rights None = new(AuthoritySet.Empty);
}
