using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Cluster.Tests.Scenarios;

/// <summary>
/// What the oracle expects of a user's call: null when it is done, or how it is refused. As simple as the oracle itself, and likewise from the
/// documented rules: there must be such a user, the user may do this at all, there is such a thing, the user may do it to that thing, and it makes sense.
/// </summary>
internal sealed partial class Foresight(Realm realm, ModelUser user)
{
    private const string Agent = "com_cumulocity_model_Agent";

    private readonly PolicyOracle _oracle = new(realm.Model, user);

    public bool IsServed => _oracle.IsServed;

    /// <summary>What each kind of data is called at the doors.</summary>
    public static string Door(DataKind kind, string level) => kind + level;

    /// <summary>A list is refused to nobody but those who can see nothing ever.</summary>
    public RefusalKind? OfList(string door) => Enter(door);

    public bool Shows(string door, long number, string[] fragments) => Reasons(door, realm.Find(number)!, fragments).Count > 0;

    public bool ShowsObject(long number) => Shows("InventoryRead", number, realm.Find(number)!.Fragments);

    /// <summary>Why something shows, in the order of the documented steps.</summary>
    public List<string> Reasons(string door, ModelObject it, string[]? fragments) =>
        _oracle.Reasons(door, new Asked(realm.Model.Name, it, fragments is null ? null : [fragments]));

    public RefusalKind? OfRead(long number) => Enter("InventoryRead") ?? (realm.Find(number) is not { } it ? RefusalKind.NotFound : Require("InventoryRead", it, it.Fragments));

    public RefusalKind? OfRead(Datum datum) =>
        Enter(Door(datum.Kind, "Read")) ?? (Shown(datum) is null ? RefusalKind.Denied : null);

    public RefusalKind? Of(Change change) => change switch
    {
        Link link => OfLink(link),
        Unlink unlink => OfUnlink(unlink),
        Make => Enter("InventoryCreate"),
        Edit edit => OfEdit(edit),
        Delete delete => Enter("InventoryAdmin") ?? (realm.Find(delete.Object) is not { } it ? RefusalKind.NotFound : Require("InventoryAdmin", it, it.Fragments)),
        AddData add => OfAddData(add),
        ChangeData touch => OfChangeData(touch),
        Report report => OfReport(report),
        // No role is given on an object that is not there.
        AssignRoles assign => realm.Find(assign.Object) is null ? RefusalKind.Invalid : null,
        PermitOnDevice { Texts.Length: > 0 } permit => realm.Find(permit.Object) is null ? RefusalKind.NotFound : null,
        _ => null,
    };

    private RefusalKind? OfLink(Link link)
    {
        if (Enter("InventoryAdmin", "InventoryLinkOwn") is { } shut) return shut;
        if (realm.Find(link.Parent) is not { } parent) return RefusalKind.NotFound;
        if (link.Parent == link.Child) return RefusalKind.Invalid;
        if (realm.Find(link.Child) is not { } child) return RefusalKind.NotFound;

        // Who may change both; or who owns the child and may make objects: that hangs below whatever there is, but is no addition to it.
        var mayHang = Require("InventoryAdmin", parent, parent.Fragments) is null
            || (child.Owner == user.Name && link.Kind != ChildKind.Addition && Require("InventoryLinkOwn", parent, null) is null);
        if (!mayHang || Require("InventoryAdmin", child, child.Fragments) is not null) return RefusalKind.Denied;
        if (realm.IsChild(link.Kind, link.Parent, link.Child)) return RefusalKind.Conflict;
        // Nothing hangs below itself.
        return realm.Upward(link.Parent, ChildKind.Device, ChildKind.Asset, ChildKind.Addition).Contains(link.Child) ? RefusalKind.Invalid : null;
    }

    private RefusalKind? OfUnlink(Unlink unlink)
    {
        if (Enter("InventoryAdmin") is { } shut) return shut;
        if (realm.Find(unlink.Parent) is not { } parent) return RefusalKind.NotFound;
        if (Require("InventoryAdmin", parent, parent.Fragments) is null)
            return realm.IsChild(unlink.Kind, unlink.Parent, unlink.Child) ? null : RefusalKind.Invalid;
        if (realm.Find(unlink.Child) is not { } child) return RefusalKind.NotFound;
        if (child.Owner != user.Name) return RefusalKind.Denied;
        return realm.IsChild(unlink.Kind, unlink.Parent, unlink.Child) ? null : RefusalKind.Invalid;
    }

    private RefusalKind? OfEdit(Edit edit)
    {
        if (Enter("InventoryAdmin") is { } shut) return shut;
        if (realm.Find(edit.Object) is not { } it) return RefusalKind.NotFound;
        if (Require("InventoryAdmin", it, it.Fragments) is { } denied) return denied;
        if (edit.Owner is not null && MayGiveAway(it) && !IsActive(edit.Owner)) return RefusalKind.Invalid;
        return Require("InventoryAdmin", it, After(it.Fragments, edit.Added, edit.Removed));
    }

    private RefusalKind? OfAddData(AddData add)
    {
        var door = Door(add.Kind, "Admin");
        if (Enter(door) is { } shut) return shut;
        if (realm.Find(add.Object) is not { } it) return RefusalKind.NotFound;
        if (Require(door, it, add.Fragments) is { } denied) return denied;
        var mayWork = add.Kind != DataKind.Operation || realm.Upward(add.Object, ChildKind.Device).Any(at => realm.Find(at)?.Fragments.Contains(Agent) == true);
        return mayWork ? null : RefusalKind.Invalid;
    }

    private RefusalKind? OfChangeData(ChangeData touch)
    {
        var datum = realm.Data[touch.Place % realm.Data.Count];
        var (door, it) = (Door(datum.Kind, "Admin"), realm.Find(datum.Object)!);
        if (Enter(door) is { } shut) return shut;
        if (Require(door, it, datum.Fragments) is { } denied) return denied;
        return datum.Kind == DataKind.Measurement ? null : Require(door, it, After(datum.Fragments, touch.Fragments, []));
    }

    /// <summary>Only with the authority over all objects: from others, an owner in the body is passed over.</summary>
    public bool MayGiveAway(ModelObject it) => Reasons("InventoryAdmin", it, it.Fragments).Contains("GlobalAuthority");

    public static string[] After(string[] before, string[] added, string[] removed) => [.. before.Except(removed).Union(added)];

    private bool IsActive(string name) => Models.Names.Append(Realm.Bystander).Contains(name) && realm.FindUser(name) is not { IsDisabled: true };

    private RefusalKind? Enter(params string[] doors) =>
        !_oracle.IsServed ? RefusalKind.Unauthenticated : doors.Any(_oracle.MayEver) ? null : RefusalKind.Denied;

    private RefusalKind? Require(string door, ModelObject it, string[]? fragments) => Reasons(door, it, fragments).Count > 0 ? null : RefusalKind.Denied;
}
