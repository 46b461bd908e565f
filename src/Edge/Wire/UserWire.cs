using Bailiwick.Edge.Http;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Edge.Wire;

/// <summary>What both shapes of a user have in common. There is no member for a password: none ever leaves the platform.</summary>
internal abstract record UserFieldsWire
{
    private protected UserFieldsWire(User user, Links links)
    {
        (Id, UserName, Self) = (user.Id.Name, user.Id.Name, links.User(user.Id));
        (Email, FirstName, LastName) = (user.Profile.Email, user.Profile.FirstName, user.Profile.LastName);
        (DisplayName, Phone) = (user.Profile.DisplayName, user.Profile.Phone);
        (Enabled, ShouldResetPassword, Owner) = (user.IsEnabled, user.ShouldResetPassword, user.Owner);
        DelegatedBy = user.DelegatedBy;
        PasswordStrength = user.Strength == Grains.Abstractions.Tenancy.PasswordStrength.None ? null : user.Strength.ToString().ToUpperInvariant();
        LastPasswordChange = WireTime.Text(user.LastPasswordChange);
        CustomProperties = new FragmentsWire(user.Profile.CustomProperties);
        SubusersCount = user.SubusersCount;
        Applications = ApplicationAccessWire.From(user.Applications);
        DevicePermissions = DevicePermissionsWire.From(user.DevicePermissions);
    }

    public string Id { get; }
    public string Self { get; }
    public string UserName { get; }
    public string? Email { get; }
    public string? FirstName { get; }
    public string? LastName { get; }
    public string? DisplayName { get; }
    public string? Phone { get; }
    public bool Enabled { get; }
    public string? PasswordStrength { get; }
    public string LastPasswordChange { get; }
    public bool ShouldResetPassword { get; }
    public bool TwoFactorAuthenticationEnabled { get; }
    public bool Newsletter { get; }
    public string? Owner { get; }
    public string? DelegatedBy { get; }
    public FragmentsWire CustomProperties { get; }
    public IReadOnlyDictionary<string, IReadOnlyList<string>> DevicePermissions { get; }
    public int? SubusersCount { get; }
    public IReadOnlyList<ApplicationAccessWire> Applications { get; }
}

/// <summary>A user with all groups and roles: clients decide from these what to offer, so none may be left out.</summary>
internal sealed record UserWire : UserFieldsWire
{
    private UserWire(User user, Links links) : base(user, links)
    {
        Groups = GroupReferenceCollectionWire.Whole(user, links);
        Roles = RoleReferenceCollectionWire.Whole(user.Direct, $"{Self}/roles", links);
    }

    public GroupReferenceCollectionWire Groups { get; }
    public RoleReferenceCollectionWire Roles { get; }

    public static UserWire From(User user, Links links) => new(user, links);

    public static NewUser ToNew(JsonBody body)
    {
        body.RefuseResetMail();
        body.Require("userName", "email", "password");
        return new NewUser(
            body.Text("userName")!, ProfileOf(body), body.Text("password")!, body.Flag("enabled") ?? true,
            body.Flag("shouldResetPassword") ?? false, GroupsOf(body), RoleReferenceCollectionWire.To(body))
        {
            Owner = body.Text("owner") is { Length: > 0 } owner ? owner : null,
            Applications = ApplicationAccessWire.To(body) ?? [],
            DevicePermissions = DevicePermissionsWire.To(body) ?? [],
        };
    }

    public static UserChange ToChange(JsonBody body)
    {
        body.RefuseResetMail();
        return new UserChange(
            Cleared(body, "email"), Cleared(body, "firstName"), Cleared(body, "lastName"), Cleared(body, "displayName"), Cleared(body, "phone"),
            CustomPropertiesOf(body), body.Flag("enabled"), body.Flag("shouldResetPassword"), body.Text("password"))
        {
            Applications = ApplicationAccessWire.To(body),
            DevicePermissions = DevicePermissionsWire.To(body),
        };
    }

    private static UserProfile ProfileOf(JsonBody body) => new(
        body.Text("email"), body.Text("firstName"), body.Text("lastName"), body.Text("displayName"), body.Text("phone"),
        CustomPropertiesOf(body) ?? Fragments.None);

    /// <summary>An explicit null clears a field, as an empty text does.</summary>
    internal static string? Cleared(JsonBody body, string name) => body.IsNull(name) ? "" : body.Text(name);

    internal static Fragments? CustomPropertiesOf(JsonBody body) => body.Object("customProperties")?.FragmentsBut(new HashSet<string>());

    private static List<int> GroupsOf(JsonBody body)
    {
        var groups = new List<int>();
        foreach (var reference in body.Object("groups")?.Objects("references", Limits.LinksPerRequestMax) ?? [])
        {
            var name = reference.Object("group")?.ReferencedName() ?? throw Refusal.Missing("groups.references.group");
            if (!int.TryParse(name, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var id))
                throw body.Invalid($"'{Said.Short(name)}' is not the id of a group.");
            groups.Add(id);
        }
        return groups;
    }
}

/// <summary>The caller's own user, with what it holds by whatever way.</summary>
internal sealed record CurrentUserWire : UserFieldsWire
{
    private CurrentUserWire(User user, Links links) : base(user, links) =>
        EffectiveRoles = [.. user.Effective.Members().Select(role => RoleWire.From(role, links))];

    public IReadOnlyList<RoleWire> EffectiveRoles { get; }

    public static CurrentUserWire From(User user, Links links) => new(user, links);
}

internal sealed record UserCollectionWire : PageWire
{
    private UserCollectionWire(PageWire frame, IReadOnlyList<UserWire> rows) : base(frame) => Users = rows;

    public IReadOnlyList<UserWire> Users { get; }

    public static UserCollectionWire From(PageWire frame, Page<User> page, Links links) => new(frame, [.. page.Items.Select(user => UserWire.From(user, links))]);
}

/// <summary>The user above a user.</summary>
internal sealed record UserOwnerReferenceWire(string Owner, string Self);

/// <summary>For whom a user acts in managing users.</summary>
internal sealed record UserDelegatedByReferenceWire(string DelegatedBy, string Self);

/// <summary>A user as a member of a group.</summary>
internal sealed record UserReferenceWire(UserWire User, string Self)
{
    /// <param name="collection">The address of the group's list of members.</param>
    public static UserReferenceWire From(User user, string collection, Links links) => new(UserWire.From(user, links), $"{collection}/{Links.Escape(user.Id.Name)}");
}

internal sealed record UserReferenceCollectionWire : PageWire
{
    private UserReferenceCollectionWire(PageWire frame, IReadOnlyList<UserReferenceWire> rows) : base(frame) => References = rows;

    public IReadOnlyList<UserReferenceWire> References { get; }

    public static UserReferenceCollectionWire From(PageWire frame, Page<User> page, string collection, Links links) =>
        new(frame, [.. page.Items.Select(user => UserReferenceWire.From(user, collection, links))]);
}

/// <summary>A wish of users and tenants that is not served: the platform sends no mail.</summary>
internal static class ResetMail
{
    private const string Member = "sendPasswordResetEmail";

    public static void RefuseResetMail(this JsonBody body)
    {
        if (body.Flag(Member) == true) throw body.Invalid($"{Member}: this release sends no mail. Give a password, with shouldResetPassword to have it changed.");
    }
}
