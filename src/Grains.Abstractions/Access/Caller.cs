using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Access;

/// <summary>How a caller proved who it is.</summary>
public enum SignInMethod : byte
{
    None = 0,
    Basic = 1,
    MqttPassword = 2,
}

/// <summary>Work that the platform does for no user. Each has its row in <see cref="Policy"/>. Numbers only grow.</summary>
public enum PlatformTask : byte
{
    None = 0,
    /// <summary>Checking credentials: there is no caller yet.</summary>
    SignIn = 1,
    /// <summary>Fetching and pushing the facts that decisions rest on.</summary>
    Facts = 2,
    /// <summary>Writing the audit trail.</summary>
    Audit = 3,
    /// <summary>Making a tenant and its first users: at the first start, and whenever a tenant is made.</summary>
    FirstStart = 4,
    /// <summary>Making the user of a device whose registration was accepted.</summary>
    Registration = 5,
    /// <summary>One grain keeping another's view of the same object fresh.</summary>
    Upkeep = 6,
    /// <summary>Removing what a deleted object leaves behind, and links whose children's owner has let them go.</summary>
    Removal = 7,
    /// <summary>Setting a new password from the platform's own command line: the way back in.</summary>
    Recovery = 8,
    /// <summary>Shutting a device's user out, or letting it in again, for whoever may change the device's object.</summary>
    Disconnection = 9,
    /// <summary>Carrying out a tenant's retention rules.</summary>
    Retention = 10,
    /// <summary>Noticing devices that fell silent, and those that came back.</summary>
    Availability = 11,
    /// <summary>Taking note that a connection has ended, whatever became of its user meanwhile.</summary>
    Departure = 12,
}

/// <summary>
/// Who asks: tenant, user, how they signed in and which credentials that sign-in saw. It carries no rights: the gate of
/// the silo that serves the call looks these up and attests the caller with them, for that call alone.
/// </summary>
/// <remarks>Made by the edge's sign-in for people and devices, and by the platform for its own tasks; nowhere else (BW0003).</remarks>
[GenerateSerializer, Immutable, Alias("Caller")]
public sealed class Caller
{
    /// <summary>A user who has just proved who they are.</summary>
    public Caller(UserId user, SignInMethod method, long credentialEpoch, string address, bool isApplication = false)
    {
        User = user;
        Method = method;
        CredentialEpoch = credentialEpoch;
        Address = address;
        IsApplication = isApplication;
    }

    private Caller(UserId user, SignInMethod method, long credentialEpoch, string address, bool isApplication, PlatformTask task, Rights rights, Ancestry? ancestry = null)
        : this(user, method, credentialEpoch, address, isApplication)
    {
        Task = task;
        Rights = rights;
        Ancestry = ancestry;
    }

    [Id(0)] public UserId User { get; }
    [Id(1)] public SignInMethod Method { get; }

    /// <summary>The user's credentials as sign-in saw them; once they change, this caller is nobody.</summary>
    [Id(2)] public long CredentialEpoch { get; }

    /// <summary>The network address the caller came from, for the audit trail; empty for the platform.</summary>
    [Id(3)] public string Address { get; }

    /// <summary>The platform's task, or <see cref="PlatformTask.None"/> for a user.</summary>
    [Id(4)] public PlatformTask Task { get; }

    /// <summary>Whether the request said that it comes from an application: what it writes is no sign that the device is alive.</summary>
    [Id(5)] public bool IsApplication { get; }

    /// <summary>What the gate found the caller to hold. It never travels: a call that leaves a silo is attested anew.</summary>
    [field: NonSerialized]
    internal Rights? Rights { get; }

    /// <summary>Where the object hangs that the call is about; null while nobody had to know. It never travels either.</summary>
    [field: NonSerialized]
    internal Ancestry? Ancestry { get; }

    public TenantId Tenant => User.Tenant;

    public bool IsPlatform => Task != PlatformTask.None;

    /// <summary>The caller for checking credentials: all that it opens are the doors marked for <see cref="PlatformTask.SignIn"/>.</summary>
    public static Caller SigningIn(TenantId tenant) => Platform(PlatformTask.SignIn, tenant);

    /// <summary>The caller for a connection that has ended: all that it opens are the doors marked for <see cref="PlatformTask.Departure"/>.</summary>
    public static Caller Departing(TenantId tenant) => Platform(PlatformTask.Departure, tenant);

    /// <summary>The platform itself, in one tenant and for one task.</summary>
    internal static Caller Platform(PlatformTask task, TenantId tenant) =>
        new(new UserId(tenant, PlatformName), SignInMethod.None, 0, "", true, task, Rights.None);

    /// <summary>
    /// A user of whom it is asked what it would be allowed. No gate lets it through: it was made from no credentials.
    /// </summary>
    internal static Caller Supposed(UserId user, Rights rights, Ancestry? ancestry) =>
        new(user, SignInMethod.None, -1, "", false, PlatformTask.None, rights, ancestry);

    internal Caller Attested(Rights rights, Ancestry? ancestry = null) => new(User, Method, CredentialEpoch, Address, IsApplication, Task, rights, ancestry);

    /// <summary>The user name that audit records show for the platform; no user can have it, for it holds a colon.</summary>
    public const string PlatformName = "platform:self";
}
