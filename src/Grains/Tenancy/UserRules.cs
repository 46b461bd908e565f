using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Grains.Tenancy;

/// <summary>What a user must look like, and how refusals about users are worded.</summary>
internal static class UserRules
{
    /// <summary>Every authority that there is.</summary>
    public static readonly AuthoritySet Known = AuthoritySet.Of([.. Authorities.All]);

    public static Refusal NotFound(UserId user) => Refusal.NotFound("users", $"User not found: {user.Name}");

    /// <summary>The interface names no resource family here.</summary>
    public static Refusal NoSuchRole() => Refusal.NotFound("", "Cannot find the specified role.");

    public static Refusal DevicePasswordIsMade() =>
        Refusal.Invalid("users", "The password of a device is made by the platform. Register the device again to replace it.");

    /// <summary>By its address a user is known, and told how to come in again: nobody else puts another there. Who sends back what it was given changes nothing.</summary>
    public static void RequireSameEmail(UserProfile before, UserChange change)
    {
        if (change.Email is { } email && email != (before.Email ?? ""))
            throw Refusal.Invalid("users", "The e-mail address of a user cannot be changed by another. The user changes it itself.");
    }

    public static void RequireNewName(string name)
    {
        if (string.IsNullOrEmpty(name)) throw Refusal.Missing("userName");
        if (!UserId.IsName(name))
            throw Refusal.Invalid("users", $"The user name must have at most {Limits.UserNameCharsMax} characters and hold no white space and none of / + $ :");
        if (name.StartsWith(UserId.DevicePrefix, StringComparison.OrdinalIgnoreCase))
            throw Refusal.Invalid("users", $"User names that begin with {UserId.DevicePrefix} are made by device registration only.");
    }

    public static void RequireKnown(Authority authority)
    {
        if (!Enum.IsDefined(authority)) throw NoSuchRole();
    }

    public static void RequireKnown(AuthoritySet authorities)
    {
        if (!Known.Covers(authorities)) throw NoSuchRole();
    }

    public static void RequireProfile(UserProfile profile)
    {
        foreach (var field in (ReadOnlySpan<string?>)[profile.Email, profile.FirstName, profile.LastName, profile.DisplayName, profile.Phone])
            if (field is not null && (field.Length > Limits.ProfileFieldCharsMax || field.Any(char.IsControl)))
                throw Refusal.Invalid("users", $"A field of a user must have at most {Limits.ProfileFieldCharsMax} characters and hold no control character.");
        RequireCustomProperties("users", profile.CustomProperties);
    }

    public static void RequireCustomProperties(string subject, Fragments properties)
    {
        if (properties.Count > Limits.FragmentsPerDocumentMax || properties.Items.Sum(p => p.Name.Length + (long)p.Json.Length) > Limits.CustomPropertiesBytesMax)
            throw new Refusal(RefusalKind.TooLarge, subject, $"The custom properties must have at most {Limits.CustomPropertiesBytesMax} bytes.");
    }

    /// <summary>What is null stays, an empty text clears.</summary>
    public static UserProfile Apply(UserProfile before, UserChange change)
    {
        var after = new UserProfile(
            Field(before.Email, change.Email), Field(before.FirstName, change.FirstName), Field(before.LastName, change.LastName),
            Field(before.DisplayName, change.DisplayName), Field(before.Phone, change.Phone),
            change.CustomProperties is null ? before.CustomProperties : before.CustomProperties.Merge(change.CustomProperties));
        RequireProfile(after);
        return after;

        static string? Field(string? before, string? change) => change is null ? before : change.Length == 0 ? null : change;
    }
}
